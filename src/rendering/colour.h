#pragma once

#include <cstdint>

#include "domain/frame.h"

namespace posed::rendering {

/// A colour as people name it: R'G'B' of the display, 0..255.
struct Rgb {
    std::uint8_t red = 0;
    std::uint8_t green = 0;
    std::uint8_t blue = 0;

    friend bool operator==(const Rgb&, const Rgb&) = default;
};

/// The same colour as samples of planar Y'CbCr.
struct Samples {
    std::uint8_t luma = 0;
    std::uint8_t blue_difference = 0;
    std::uint8_t red_difference = 0;
};

/// R'G'B' to 8-bit Y'CbCr by the matrix (ITU-R BT.601, BT.709, BT.2020 non-constant luminance) and range of
/// `encoding`, rounded to the nearest sample.
[[nodiscard]] Samples samples_of(Rgb colour, const ColourEncoding& encoding) noexcept;

}  // namespace posed::rendering
