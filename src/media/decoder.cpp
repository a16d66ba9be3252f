#include "media/decoder.h"
