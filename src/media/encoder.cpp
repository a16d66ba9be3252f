#include "media/encoder.h"
