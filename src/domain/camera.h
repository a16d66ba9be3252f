#pragma once

#include <span>

#include "domain/geometry.h"

namespace posed {

/// A pinhole camera without distortion, in displayed pixels: u = fx X/Z + cx, v = fy Y/Z + cy.
struct Camera {
    double fx = 0;
    double fy = 0;
    double cx = 0;
    double cy = 0;

    friend bool operator==(const Camera&, const Camera&) = default;
};

/// The guess for footage of an unknown camera: focal length = the picture's diagonal (a field of view of 53
/// degrees along it), centre in the middle.
[[nodiscard]] Camera default_camera(Size displayed) noexcept;

/// A camera whose larger side spans `degrees` (between 0 and 180, both excluded).
[[nodiscard]] Camera camera_with_field_of_view(Size displayed, double degrees) noexcept;

/// The translation t, in metres, that brings the points `model` before the camera so that they are seen at
/// `image`: weighted least squares of fx (X + tx) - (u - cx)(Z + tz) = 0 and the same in y, which is linear
/// in t. Points with weight 0 do not count. Fewer than two counting points, or none that fixes t, give {0, 0,
/// 0}.
[[nodiscard]] Point3 fit_root_translation(const Camera& camera, std::span<const Point3> model,
                                          std::span<const Point2> image,
                                          std::span<const float> weights) noexcept;

}  // namespace posed
