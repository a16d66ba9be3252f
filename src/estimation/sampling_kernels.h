#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "domain/frame.h"

/// The inner loops of `FrameSource`, compiled once per instruction set from one text without fused
/// multiply-adds, so that every processor gives the same bits.
namespace posed::estimation {

/// Where the pixels of one row of a crop fall on a plane: sample coordinates (centres at integers) of its
/// first pixel, and the step to the next.
struct Line {
    double x = 0;
    double y = 0;
    double step_x = 0;
    double step_y = 0;
};

/// r = luma Y + red_cr Cr + red, and so on, from 8-bit codes to 0..1.
struct RgbFromYuv {
    float luma = 0;
    float red_cr = 0;
    float green_cb = 0;
    float green_cr = 0;
    float blue_cb = 0;
    float red = 0;
    float green = 0;
    float blue = 0;
};

[[nodiscard]] RgbFromYuv rgb_from_yuv(const ColourEncoding& encoding) noexcept;

/// One row of a crop. Each row of the planes holds two samples at least, also where `width` is 1; Cb and
/// Cr have the same size.
struct RowTask {
    PlaneView luma;
    Line luma_line;
    std::array<PlaneView, 2> chroma;
    Line chroma_line;
    RgbFromYuv colour;
    Line later_luma_line;  ///< of a row that will be sampled soon
    Line later_chroma_line;
};

/// Averages of squares of 2^level samples: those with index `left` <= x < `left + width`, `top` <= y <
/// `top + height`. Where a square reaches beyond the plane the last sample counts again.
struct Reduction {
    int level = 0;  ///< 1..4
    int left = 0;
    int top = 0;
    int width = 0;
    int height = 0;
};

struct Kernels {
    void (*sample_row)(const RowTask& task, std::span<float> rgb);
    /// `out`: height rows of `stride` bytes.
    void (*reduce)(const PlaneView& plane, const Reduction& reduction, std::uint8_t* out,
                   std::ptrdiff_t stride);
};

/// For any processor.
[[nodiscard]] const Kernels& portable_kernels() noexcept;

/// The fastest for the processor at hand.
[[nodiscard]] const Kernels& fastest_kernels() noexcept;

}  // namespace posed::estimation
