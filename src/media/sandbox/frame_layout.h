#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "domain/geometry.h"
#include "media/sandbox/messages.h"

namespace posed::media::sandbox {

/// How large the planes of a frame are. `coded` is positive, the shifts are 0 or 1.
[[nodiscard]] std::array<Size, 3> plane_sizes(Size coded, int chroma_shift_x, int chroma_shift_y) noexcept;

/// Where planes of these sizes are copied to in a slot.
[[nodiscard]] std::array<PlanePlace, 3> places_for(const std::array<Size, 3>& sizes) noexcept;

/// Whether planes that lie there are within a slot of `bytes`, with what vectors read beyond their last rows.
[[nodiscard]] bool lie_within(const std::array<PlanePlace, 3>& places, const std::array<Size, 3>& sizes,
                              std::uint64_t bytes) noexcept;

/// From the slot's begin to behind what is read of planes that lie there, in whole pages.
[[nodiscard]] std::size_t bytes_up_to(const std::array<PlanePlace, 3>& places,
                                      const std::array<Size, 3>& sizes) noexcept;

/// Bytes that any frame of this size fits into, in whole pages.
[[nodiscard]] std::size_t slot_bytes_for(Size coded) noexcept;

}  // namespace posed::media::sandbox
