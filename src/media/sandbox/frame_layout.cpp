#include "media/sandbox/frame_layout.h"

namespace posed::media::sandbox {
namespace {

constexpr std::size_t row_alignment = 64;
constexpr std::size_t read_beyond = 64;
constexpr std::size_t page_bytes = 4096;

constexpr std::size_t round_up(std::size_t value, std::size_t step) {
    return (value + step - 1) / step * step;
}

}  // namespace

FrameLayout layout_of(Size coded, int chroma_shift_x, int chroma_shift_y) noexcept {
    FrameLayout layout;
    for (std::size_t i = 0; i < layout.planes.size(); ++i) {
        auto& plane = layout.planes[i];
        const int shift_x = i == 0 ? 0 : chroma_shift_x, shift_y = i == 0 ? 0 : chroma_shift_y;
        plane.width = (coded.width + (1 << shift_x) - 1) >> shift_x;
        plane.height = (coded.height + (1 << shift_y) - 1) >> shift_y;
        const auto stride = round_up(static_cast<std::size_t>(plane.width), row_alignment);
        plane.stride = static_cast<std::ptrdiff_t>(stride);
        plane.offset = layout.bytes;
        layout.bytes += stride * static_cast<std::size_t>(plane.height);
    }
    layout.bytes = round_up(layout.bytes + read_beyond, page_bytes);
    return layout;
}

}  // namespace posed::media::sandbox
