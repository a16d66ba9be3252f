#include "domain/frame.h"

#include <mutex>
#include <new>
#include <utility>
#include <vector>

namespace posed {
namespace {

constexpr std::align_val_t row_alignment{64};

struct FreeRows {
    void operator()(std::uint8_t* rows) const noexcept { ::operator delete(rows, row_alignment); }
};
using OwnedRows = std::unique_ptr<std::uint8_t[], FreeRows>;

std::ptrdiff_t luma_stride(Size size) noexcept {
    return std::ptrdiff_t{size.width + 127} / 128 * 128;
}

std::size_t luma_bytes(Size size) noexcept {
    return static_cast<std::size_t>(luma_stride(size)) * static_cast<std::size_t>(size.height);
}

OwnedRows allocate_rows(Size size) {
    constexpr std::size_t read_beyond = 64;  // encoders and scalers may read a vector beyond the last row
    const std::size_t bytes = luma_bytes(size) + luma_bytes(size) / 2 + read_beyond;
    return OwnedRows(static_cast<std::uint8_t*>(::operator new(bytes, row_alignment)));
}

}  // namespace

Canvas::Canvas(Size size, ColourEncoding colour) : Canvas(size, colour, allocate_rows(size)) {}

Canvas::Canvas(Size size, ColourEncoding colour, std::shared_ptr<std::uint8_t[]> memory) noexcept
    : size_(size), colour_(colour), luma_stride_(luma_stride(size)), memory_(std::move(memory)) {
    std::uint8_t* const chroma = memory_.get() + luma_bytes(size);
    planes_ = {memory_.get(), chroma, chroma + luma_bytes(size) / 4};
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

/// What the pool and the canvases it lent share.
class CanvasPool::Rows {
  public:
    [[nodiscard]] OwnedRows take() {
        const std::lock_guard lock(mutex_);
        if (free_.empty())
            return nullptr;
        OwnedRows rows = std::move(free_.back());
        free_.pop_back();
        return rows;
    }

    void give_back(OwnedRows rows) {
        const std::lock_guard lock(mutex_);
        free_.push_back(std::move(rows));
    }

  private:
    std::mutex mutex_;
    std::vector<OwnedRows> free_;
};

CanvasPool::CanvasPool(Size size, ColourEncoding colour)
    : size_(size), colour_(colour), rows_(std::make_shared<Rows>()) {}

Canvas CanvasPool::take() {
    OwnedRows rows = rows_->take();
    if (!rows)
        rows = allocate_rows(size_);
    const auto give_back = [pool = rows_](std::uint8_t* lent) { pool->give_back(OwnedRows(lent)); };
    return {size_, colour_, std::shared_ptr<std::uint8_t[]>(rows.release(), give_back)};
}

}  // namespace posed
