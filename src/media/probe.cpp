#include "media/probe.h"
