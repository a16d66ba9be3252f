#include "rendering/draw_people.h"
