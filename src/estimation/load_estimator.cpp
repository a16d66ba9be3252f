#include "estimation/load_estimator.h"
