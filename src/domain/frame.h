#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "domain/geometry.h"

namespace posed {

enum class ColourMatrix : std::uint8_t { bt601, bt709, bt2020 };
enum class ColourRange : std::uint8_t { limited, full };

/// Where a chroma sample of subsampled planes lies among its luma samples (MPEG-2 and H.264 default: left).
enum class ChromaSiting : std::uint8_t { left, center, top_left };

/// How to turn Y'CbCr into R'G'B'. Untagged video is BT.601 limited at every size.
struct ColourEncoding {
    ColourMatrix matrix = ColourMatrix::bt601;
    ColourRange range = ColourRange::limited;
    ChromaSiting siting = ChromaSiting::left;

    friend bool operator==(const ColourEncoding&, const ColourEncoding&) = default;
};

/// One plane of 8-bit samples, borrowed. Rows lie `stride` bytes apart (positive).
struct PlaneView {
    const std::uint8_t* data = nullptr;
    std::ptrdiff_t stride = 0;
    int width = 0;
    int height = 0;
};

/// A picture as planes Y, Cb, Cr of 8-bit samples, borrowed from whoever holds the `Frame`.
///
/// The planes lie as they were coded. `displayed` is the size at which the picture is to be seen, upright and
/// with square pixels, and `coded_from_displayed` maps a place in the displayed picture to the same place in
/// the luma plane (rotation, mirror and pixel aspect; pixel edges at integers in both). Key points are always
/// in displayed pixels.
struct FrameView {
    std::array<PlaneView, 3> planes;
    int chroma_shift_x = 1;  ///< log2 of the horizontal subsampling: 1 for 4:2:0 and 4:2:2, 0 for 4:4:4
    int chroma_shift_y = 1;  ///< log2 of the vertical subsampling: 1 for 4:2:0, else 0
    ColourEncoding colour;
    Size displayed;
    Affine coded_from_displayed;
};

/// A decoded picture together with the hold on its memory; copies share it. The memory may outlive the
/// decoder.
struct Frame {
    FrameView view;
    std::shared_ptr<const void> memory;
};

/// A picture that we own and may draw on: planar 8-bit Y'CbCr 4:2:0, upright, square pixels, even size.
/// A resource: movable, used by one thread at a time.
class Canvas {
  public:
    Canvas(Size size, ColourEncoding colour);

    [[nodiscard]] Size size() const noexcept { return size_; }
    [[nodiscard]] const ColourEncoding& colour() const noexcept { return colour_; }
    [[nodiscard]] std::uint8_t* plane(int index) noexcept { return planes_[static_cast<std::size_t>(index)]; }
    [[nodiscard]] const std::uint8_t* plane(int index) const noexcept {
        return planes_[static_cast<std::size_t>(index)];
    }
    [[nodiscard]] std::ptrdiff_t stride(int index) const noexcept {
        return index == 0 ? luma_stride_ : luma_stride_ / 2;
    }
    [[nodiscard]] FrameView view() const noexcept;

    /// The hold on the memory, for an encoder that still reads it after the canvas itself is gone.
    [[nodiscard]] std::shared_ptr<const void> memory() const noexcept { return memory_; }

  private:
    friend class CanvasPool;
    Canvas(Size size, ColourEncoding colour, std::shared_ptr<std::uint8_t[]> memory) noexcept;

    Size size_;
    ColourEncoding colour_;
    std::ptrdiff_t luma_stride_;
    std::shared_ptr<std::uint8_t[]> memory_;  ///< rows aligned to 64 bytes
    std::array<std::uint8_t*, 3> planes_{};
};

/// Canvases of one size whose memory is used again once nobody holds it: memory that is new for every frame
/// is cleared by the kernel page by page, which costs an encoder at its fastest a twelfth of its time.
/// `take` is for one thread; a canvas and the hold on its memory may end on any, and may outlive the pool.
class CanvasPool {
  public:
    CanvasPool(Size size, ColourEncoding colour);

    /// A canvas with whatever was last drawn into its memory.
    [[nodiscard]] Canvas take();

  private:
    class Rows;

    Size size_;
    ColourEncoding colour_;
    std::shared_ptr<Rows> rows_;
};

}  // namespace posed
