#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "domain/frame.h"
#include "domain/geometry.h"
#include "estimation/sampling_kernels.h"

/// Square crops of a picture as network inputs: float32, row by row, R G B interleaved.
///
/// Bilinear at pixel centres: the crop's pixel (i, j) is looked up where its centre (i + 0.5, j + 0.5) falls
/// in the picture. One template, `sample_crop`, over a pixel source: `Rgb24Source` is the plain formula on
/// packed RGB, `FrameSource` reads the decoder's planes, so that estimation never converts or scales a whole
/// frame. Sources are used by one thread at a time and borrow the picture.
namespace posed::estimation {

/// A square of the displayed picture, in displayed pixels, turned clockwise by `rotation` radians (as y
/// points down). It may be larger than the picture and its centre may lie outside.
struct Region {
    double center_x = 0;
    double center_y = 0;
    double side = 0;
    double rotation = 0;

    friend bool operator==(const Region&, const Region&) = default;
};

/// From a place in a crop of `crop_side` pixels (pixel edges at integers) to the place in the displayed
/// picture.
[[nodiscard]] Affine picture_from_crop(const Region& region, int crop_side) noexcept;

/// What a crop shows beyond the picture: its outermost pixels repeated, or RGB black.
enum class Border : std::uint8_t { replicate, black };

struct CropShape {
    int side = 0;  ///< pixels
    Border border = Border::replicate;
    float low = 0;   ///< the value that stands for colour 0
    float high = 1;  ///< the value that stands for colour 255

    [[nodiscard]] std::size_t values() const noexcept { return static_cast<std::size_t>(side) * side * 3; }
};

/// Packed 8-bit R G B, upright. Always plain bilinear, however much a crop shrinks.
class Rgb24Source {
  public:
    Rgb24Source(const std::uint8_t* data, std::ptrdiff_t stride, Size size) noexcept
        : data_(data), stride_(stride), size_(size) {}

    [[nodiscard]] Size displayed() const noexcept { return size_; }

    void aim(const Affine& picture_from_crop, int crop_side) noexcept;
    [[nodiscard]] bool covers(int i, int j) const noexcept;
    void sample_row(int j, std::span<float> rgb) const;

  private:
    const std::uint8_t* data_;
    std::ptrdiff_t stride_;
    Size size_;
    Affine picture_from_crop_;
};

/// The decoder's planes. Y', Cb and Cr are interpolated, each on its own grid (chroma siting), then converted
/// to R'G'B' and cut to 0..1. A plane that the crop would shrink more than four times is first averaged over
/// squares of 2, 4, 8 or 16 samples (rounded to 8 bits), only where the crop needs it, so that the
/// interpolation does not skip most of a large picture. Not sooner: the networks know plainly interpolated
/// crops, and from a factor of two on their poses would leave the original's by more than its colour
/// conversion makes (docs/estimation.md has the figures). Keep one source for all frames of a video: it
/// reuses its buffers.
class FrameSource {
  public:
    FrameSource() : kernels_(fastest_kernels()) {}

    /// `frame` must stay valid until the next `show`.
    void show(const FrameView& frame) noexcept { frame_ = frame; }

    [[nodiscard]] Size displayed() const noexcept { return frame_.displayed; }

    void aim(const Affine& picture_from_crop, int crop_side);
    [[nodiscard]] bool covers(int i, int j) const noexcept;
    void sample_row(int j, std::span<float> rgb) const;

  private:
    struct Aimed {
        PlaneView plane;
        Affine texel_from_crop;  ///< sample centres at integers
    };

    void aim_plane(std::size_t index, const Affine& plane_from_crop, int crop_side);

    const Kernels& kernels_;
    FrameView frame_;
    Affine luma_from_crop_;
    RgbFromYuv colour_;
    std::array<Aimed, 3> aimed_;
    std::array<std::vector<std::uint8_t>, 3> reduced_;
};

/// Fills `pixels` (`shape.values()` long) with the crop of `region`. Any region is allowed, also one with
/// values that are not numbers, which then shows an unspecified place of the picture.
template <class Source>
void sample_crop(Source& source, const Region& region, const CropShape& shape, std::span<float> pixels) {
    source.aim(picture_from_crop(region, shape.side), shape.side);
    const auto row_length = static_cast<std::size_t>(shape.side) * 3;
    for (int j = 0; j < shape.side; ++j) {
        const auto row = pixels.subspan(static_cast<std::size_t>(j) * row_length, row_length);
        source.sample_row(j, row);
        if (shape.border == Border::black) {
            for (int i = 0; i < shape.side; ++i) {
                if (!source.covers(i, j))
                    row[3 * i] = row[3 * i + 1] = row[3 * i + 2] = 0;
            }
        }
        if (shape.low != 0 || shape.high != 1) {
            for (float& value : row)
                value = shape.low + (shape.high - shape.low) * value;
        }
    }
}

}  // namespace posed::estimation
