#pragma once

#include <cstdint>

namespace posed {

/// Width and height in pixels.
struct Size {
    int width = 0;
    int height = 0;

    friend bool operator==(const Size&, const Size&) = default;
};

/// A place in a picture: x right, y down, in pixels, (0,0) the upper left corner of the upper left pixel, so
/// that pixel (i,j) has its centre at (i + 0.5, j + 0.5). Every 2D coordinate of the project is of this kind.
struct Point2 {
    float x = 0;
    float y = 0;

    friend bool operator==(const Point2&, const Point2&) = default;
};

/// A place in metres in the camera's axes: x right, y down, z away from the camera.
struct Point3 {
    float x = 0;
    float y = 0;
    float z = 0;

    friend bool operator==(const Point3&, const Point3&) = default;
};

/// (x, y) -> (xx*x + xy*y + x0, yx*x + yy*y + y0)
struct Affine {
    double xx = 1, xy = 0, x0 = 0;
    double yx = 0, yy = 1, y0 = 0;

    friend bool operator==(const Affine&, const Affine&) = default;
};

/// `outer` after `inner`.
[[nodiscard]] Affine compose(const Affine& outer, const Affine& inner) noexcept;

/// The largest even size with the shape of `displayed` that fits into `box`; never larger than `displayed`,
/// at least 2x2. Width and height are rounded down one by one, so each has its own factor back to source
/// pixels.
[[nodiscard]] Size fit_into(Size displayed, Size box) noexcept;

/// An exact number, denominator positive: rates in frames per second, time bases in seconds per tick.
struct Rational {
    std::int64_t numerator = 0;
    std::int64_t denominator = 1;

    [[nodiscard]] double value() const noexcept {
        return static_cast<double>(numerator) / static_cast<double>(denominator);
    }
    friend bool operator==(const Rational&, const Rational&) = default;
};

}  // namespace posed
