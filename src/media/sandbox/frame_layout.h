#pragma once

#include <array>
#include <cstddef>

#include "domain/frame.h"

namespace posed::media::sandbox {

/// Where the planes of a frame lie in a slot of the ring. Both ends compute it, so that no offset travels.
struct FrameLayout {
    struct Plane {
        std::size_t offset = 0;
        std::ptrdiff_t stride = 0;
        int width = 0;
        int height = 0;
    };
    std::array<Plane, 3> planes;
    std::size_t bytes = 0;  ///< whole pages, with room for vectors that read beyond the last row
};

/// `coded` is positive, the shifts are 0 or 1.
[[nodiscard]] FrameLayout layout_of(Size coded, int chroma_shift_x, int chroma_shift_y) noexcept;

/// Bytes that any frame of this size fits into.
[[nodiscard]] inline std::size_t slot_bytes_for(Size coded) noexcept {
    return layout_of(coded, 0, 0).bytes;
}

}  // namespace posed::media::sandbox
