#include "estimation/blazepose/body_region.h"

#include <cmath>
#include <numbers>

namespace posed::estimation::blazepose {

Region body_region(Point2 hip_center, Point2 circle_point) noexcept {
    constexpr double pi = std::numbers::pi;
    const double dx = static_cast<double>(circle_point.x) - hip_center.x;
    const double dy = static_cast<double>(circle_point.y) - hip_center.y;
    const double angle = pi / 2 - std::atan2(-dy, dx);
    return {.center_x = hip_center.x,
            .center_y = hip_center.y,
            .side = 2 * std::hypot(dx, dy) * 1.25,
            .rotation = angle - 2 * pi * std::floor((angle + pi) / (2 * pi))};
}

}  // namespace posed::estimation::blazepose
