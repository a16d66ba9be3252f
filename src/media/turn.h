#pragma once

#include <cstddef>
#include <cstdint>

#include "domain/frame.h"

namespace posed::media {

/// Where a displayed sample is found in a coded plane of `width` x `height` samples: displayed (x, y) is
/// coded (u, v) with (u, v) = transposed ? (y, x) : (x, y), then u -> width - 1 - u where `flipped_x` and v
/// -> height - 1 - v where `flipped_y`. These are all eight ways to lay a picture down.
struct Turn {
    bool transposed = false;
    bool flipped_x = false;
    bool flipped_y = false;

    friend bool operator==(const Turn&, const Turn&) = default;
};

/// Writes `coded`, upright, to `upright`, whose rows lie `stride` bytes apart: coded.width x coded.height
/// samples, or coded.height x coded.width where transposed. Whole samples, nothing is computed.
void turn_plane(const PlaneView& coded, const Turn& turn, std::uint8_t* upright,
                std::ptrdiff_t stride) noexcept;

}  // namespace posed::media
