#include "results/archive.h"
