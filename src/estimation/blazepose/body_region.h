#pragma once

#include "domain/geometry.h"
#include "estimation/sampling.h"

namespace posed::estimation::blazepose {

/// Where to look at a person, from two points of theirs in displayed pixels: the middle of the hips, and a
/// point on the circle around the whole body that also tells the inclination. The region is that circle's
/// square, a quarter larger, turned so that the person stands upright in it.
[[nodiscard]] Region body_region(Point2 hip_center, Point2 circle_point) noexcept;

}  // namespace posed::estimation::blazepose
