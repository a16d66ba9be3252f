#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "domain/geometry.h"

namespace posed::media {

/// How a coded picture is turned upright: one of the eight ways to lay a rectangle on itself. A value.
///
/// A place (x, y) of the coded picture, measured from its centre, is seen at (a x + c y, b x + d y).
struct Orientation {
    int a = 1, b = 0, c = 0, d = 1;

    /// Turn the coded picture clockwise by this many degrees, ...
    [[nodiscard]] int rotation() const noexcept;
    /// ... then, if so, mirror it left to right.
    [[nodiscard]] bool mirrored() const noexcept { return a * d - b * c < 0; }
    [[nodiscard]] bool swaps_sides() const noexcept { return a == 0; }

    friend bool operator==(const Orientation&, const Orientation&) = default;
};

/// The 3x3 display matrix of MP4 and QuickTime (nine numbers in fixed point, as FFmpeg hands it on), turned
/// to the nearest right angle. Nothing where the matrix shows no picture (all zero).
[[nodiscard]] std::optional<Orientation> orientation_of(const std::array<std::int32_t, 9>& display_matrix);

/// The size at which a picture is seen: first made of square pixels by stretching or shrinking its width,
/// then turned. Pixel aspects that would give a width below 1 or above `widest` are taken as 1:1.
[[nodiscard]] Size displayed_size(Size coded, Rational pixel_aspect, const Orientation& orientation);

/// From a place in the displayed picture to the same place in the coded one, pixel edges at integers.
[[nodiscard]] Affine coded_from_displayed(Size coded, Size displayed,
                                          const Orientation& orientation) noexcept;

}  // namespace posed::media
