#include "media/scaler.h"
