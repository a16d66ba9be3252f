#include "domain/frame.h"

#include <new>

namespace posed {
namespace {

constexpr std::align_val_t row_alignment{64};

std::shared_ptr<std::uint8_t[]> allocate_rows(std::size_t bytes) {
    return {static_cast<std::uint8_t*>(::operator new(bytes, row_alignment)),
            [](std::uint8_t* rows) { ::operator delete(rows, row_alignment); }};
}

}  // namespace

Canvas::Canvas(Size size, ColourEncoding colour)
    : size_(size), colour_(colour), luma_stride_(std::ptrdiff_t{size.width + 127} / 128 * 128) {
    const auto luma_bytes = static_cast<std::size_t>(luma_stride_) * static_cast<std::size_t>(size.height);
    // Encoders and scalers may read a vector beyond the last row.
    memory_ = allocate_rows(luma_bytes + luma_bytes / 2 + 64);
    planes_ = {memory_.get(), memory_.get() + luma_bytes, memory_.get() + luma_bytes + luma_bytes / 4};
}

FrameView Canvas::view() const noexcept {
    FrameView view;
    for (int i = 0; i < 3; ++i) {
        view.planes[static_cast<std::size_t>(i)] = {.data = plane(i),
                                                    .stride = stride(i),
                                                    .width = i == 0 ? size_.width : size_.width / 2,
                                                    .height = i == 0 ? size_.height : size_.height / 2};
    }
    view.colour = colour_;
    view.displayed = size_;
    return view;
}

}  // namespace posed
