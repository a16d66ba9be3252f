#include "domain/camera.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace posed {

Camera default_camera(Size displayed) noexcept {
    const double focal = std::hypot(displayed.width, displayed.height);
    return {.fx = focal, .fy = focal, .cx = displayed.width / 2.0, .cy = displayed.height / 2.0};
}

Camera camera_with_field_of_view(Size displayed, double degrees) noexcept {
    const double focal =
        std::max(displayed.width, displayed.height) / 2.0 / std::tan(degrees * std::numbers::pi / 360.0);
    return {.fx = focal, .fy = focal, .cx = displayed.width / 2.0, .cy = displayed.height / 2.0};
}

Point3 fit_root_translation(const Camera& camera, std::span<const Point3> model,
                            std::span<const Point2> image, std::span<const float> weights) noexcept {
    // The normal equations of rows (fx, 0, -a) t = a Z - fx X and (0, fy, -b) t = b Z - fy Y, where a = u -
    // cx and b = v - cy. Their matrix is [[n fx fx, 0, -fx A], [0, n fy fy, -fy B], [.., .., Q]].
    double n = 0, sum_a = 0, sum_b = 0, square = 0, right_x = 0, right_y = 0, right_z = 0;
    for (std::size_t i = 0; i < model.size(); ++i) {
        const double weight = weights[i];
        if (!(weight > 0))
            continue;
        const double a = image[i].x - camera.cx, b = image[i].y - camera.cy;
        const double row_x = a * model[i].z - camera.fx * model[i].x;
        const double row_y = b * model[i].z - camera.fy * model[i].y;
        n += weight;
        sum_a += weight * a;
        sum_b += weight * b;
        square += weight * (a * a + b * b);
        right_x += weight * row_x;
        right_y += weight * row_y;
        right_z -= weight * (a * row_x + b * row_y);
    }
    if (!(n > 0))
        return {};
    // Eliminate tx and ty; what is left of tz is n times the variance of (a, b).
    const double spread = square - (sum_a * sum_a + sum_b * sum_b) / n;
    if (!(spread > 1e-9 * square))
        return {};
    const double tz = (right_z + (sum_a * right_x + sum_b * right_y) / n) / spread;
    const double tx = (right_x + sum_a * tz) / (n * camera.fx);
    const double ty = (right_y + sum_b * tz) / (n * camera.fy);
    return {static_cast<float>(tx), static_cast<float>(ty), static_cast<float>(tz)};
}

}  // namespace posed
