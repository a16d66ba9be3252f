#include "media/sandbox/frame_layout.h"

#include <algorithm>

namespace posed::media::sandbox {
namespace {

constexpr std::size_t row_alignment = 64;
constexpr std::size_t read_beyond = 64;
constexpr std::size_t page_bytes = 4096;

constexpr std::size_t round_up(std::size_t value, std::size_t step) {
    return (value + step - 1) / step * step;
}

/// From the plane's first byte to behind what is read of its last row.
std::uint64_t extent(std::uint64_t stride, Size size) {
    return stride * static_cast<std::uint64_t>(size.height - 1) + static_cast<std::uint64_t>(size.width) +
           read_beyond;
}

}  // namespace

std::array<Size, 3> plane_sizes(Size coded, int chroma_shift_x, int chroma_shift_y) noexcept {
    const Size chroma{(coded.width + (1 << chroma_shift_x) - 1) >> chroma_shift_x,
                      (coded.height + (1 << chroma_shift_y) - 1) >> chroma_shift_y};
    return {coded, chroma, chroma};
}

std::array<PlanePlace, 3> places_for(const std::array<Size, 3>& sizes) noexcept {
    std::array<PlanePlace, 3> places;
    std::uint64_t offset = 0;
    for (std::size_t i = 0; i < places.size(); ++i) {
        places[i] = {offset, round_up(static_cast<std::size_t>(sizes[i].width), row_alignment)};
        offset += places[i].stride * static_cast<std::uint64_t>(sizes[i].height);
    }
    return places;
}

bool lie_within(const std::array<PlanePlace, 3>& places, const std::array<Size, 3>& sizes,
                std::uint64_t bytes) noexcept {
    for (std::size_t i = 0; i < places.size(); ++i) {
        const auto& [offset, stride] = places[i];
        if (offset > bytes || stride > bytes || stride < static_cast<std::uint64_t>(sizes[i].width) ||
            extent(stride, sizes[i]) > bytes - offset)
            return false;
    }
    return true;
}

std::size_t bytes_up_to(const std::array<PlanePlace, 3>& places, const std::array<Size, 3>& sizes) noexcept {
    std::uint64_t bytes = 0;
    for (std::size_t i = 0; i < places.size(); ++i)
        bytes = std::max(bytes, places[i].offset + extent(places[i].stride, sizes[i]));
    return round_up(bytes, page_bytes);
}

std::size_t slot_bytes_for(Size coded) noexcept {
    const auto sizes = plane_sizes(coded, 0, 0);
    return bytes_up_to(places_for(sizes), sizes);
}

}  // namespace posed::media::sandbox
