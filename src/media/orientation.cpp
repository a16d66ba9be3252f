#include "media/orientation.h"

#include <cmath>
#include <cstdlib>

namespace posed::media {
namespace {

/// Beyond it no encoder goes; a pixel aspect that leads there is nonsense.
constexpr double widest = 65535;

}  // namespace

int Orientation::rotation() const noexcept {
    // Taking the mirror (which comes last) off again leaves a turn: (1, 0) goes to (cos, sin), y down.
    const int cosine = mirrored() ? -a : a;
    if (cosine != 0)
        return cosine > 0 ? 0 : 180;
    return b > 0 ? 90 : 270;
}

std::optional<Orientation> orientation_of(const std::array<std::int32_t, 9>& display_matrix) {
    const double a = display_matrix[0], b = display_matrix[1], c = display_matrix[3], d = display_matrix[4];
    const double determinant = a * d - b * c;
    if (determinant == 0)
        return std::nullopt;
    // The turn that is nearest in the sense of least squares, with the mirror taken out of the second column.
    const double sign = determinant > 0 ? 1 : -1;
    const double cosine = a + sign * d, sine = b - sign * c;
    Orientation nearest;
    if (std::abs(cosine) >= std::abs(sine))
        nearest = {.a = cosine > 0 ? 1 : -1, .b = 0, .c = 0, .d = cosine > 0 ? 1 : -1};
    else
        nearest = {.a = 0, .b = sine > 0 ? 1 : -1, .c = sine > 0 ? -1 : 1, .d = 0};
    if (sign < 0) {
        nearest.c = -nearest.c;
        nearest.d = -nearest.d;
    }
    return nearest;
}

Size displayed_size(Size coded, Rational pixel_aspect, const Orientation& orientation) {
    Size square = coded;
    if (pixel_aspect.numerator > 0 && pixel_aspect.numerator != pixel_aspect.denominator) {
        const double width = std::round(coded.width * pixel_aspect.value());
        if (width >= 1 && width <= widest)
            square.width = static_cast<int>(width);
    }
    return orientation.swaps_sides() ? Size{square.height, square.width} : square;
}

Affine coded_from_displayed(Size coded, Size displayed, const Orientation& orientation) noexcept {
    const auto [a, b, c, d] = orientation;
    const Size square = orientation.swaps_sides() ? Size{displayed.height, displayed.width} : displayed;
    // Where the corner (0, 0) of the coded picture is seen.
    const double left = (a < 0 ? square.width : 0) + (c < 0 ? square.height : 0);
    const double top = (b < 0 ? square.width : 0) + (d < 0 ? square.height : 0);
    const double x_factor = static_cast<double>(coded.width) / square.width;
    const double y_factor = static_cast<double>(coded.height) / square.height;
    return {.xx = a * x_factor,
            .xy = b * x_factor,
            .x0 = -(a * left + b * top) * x_factor,
            .yx = c * y_factor,
            .yy = d * y_factor,
            .y0 = -(c * left + d * top) * y_factor};
}

}  // namespace posed::media
