#include "estimation/sampling.h"

#include <algorithm>
#include <cmath>

namespace posed::estimation {
namespace {

constexpr int largest_level = 4;

/// How many rows before a row is sampled its samples are asked for.
constexpr int rows_ahead = 3;

Line line_of(const Affine& texel_from_crop, int j) noexcept {
    const double middle = j + 0.5;
    return {.x = texel_from_crop.xx * 0.5 + texel_from_crop.xy * middle + texel_from_crop.x0,
            .y = texel_from_crop.yx * 0.5 + texel_from_crop.yy * middle + texel_from_crop.y0,
            .step_x = texel_from_crop.xx,
            .step_y = texel_from_crop.yx};
}

bool is_inside(const Affine& place_from_crop, int i, int j, double width, double height) noexcept {
    const double x = place_from_crop.xx * (i + 0.5) + place_from_crop.xy * (j + 0.5) + place_from_crop.x0;
    const double y = place_from_crop.yx * (i + 0.5) + place_from_crop.yy * (j + 0.5) + place_from_crop.y0;
    return x >= 0 && x <= width && y >= 0 && y <= height;
}

/// From the luma plane to a chroma plane, pixel edges at integers in both. A sample that lies on the first of
/// its two luma samples, and not between them, is a quarter of a chroma sample to the left.
Affine chroma_from_luma(const FrameView& frame) noexcept {
    const ChromaSiting siting = frame.colour.siting;
    const bool shift_x = frame.chroma_shift_x > 0 && siting != ChromaSiting::center;
    const bool shift_y = frame.chroma_shift_y > 0 && siting == ChromaSiting::top_left;
    return {.xx = 1.0 / (1 << frame.chroma_shift_x),
            .x0 = shift_x ? 0.25 : 0.0,
            .yy = 1.0 / (1 << frame.chroma_shift_y),
            .y0 = shift_y ? 0.25 : 0.0};
}

/// How often to halve a plane so that the crop shrinks it at most four times.
int level_of(const Affine& plane_from_crop) noexcept {
    const double area =
        std::abs(plane_from_crop.xx * plane_from_crop.yy - plane_from_crop.xy * plane_from_crop.yx);
    int level = 0;
    for (double left = area; left > 16 && level < largest_level; left /= 4)
        ++level;
    return level;
}

struct Interval {
    int first = 0;
    int count = 0;
};

/// The samples, of `samples` in a row, that a crop may look up whose corners lie at `origin` + {0, a} + {0,
/// b}, never fewer than two if there are two.
Interval looked_up(double origin, double a, double b, int samples) noexcept {
    const double lowest = origin + std::min(a, 0.0) + std::min(b, 0.0);
    const double highest = origin + std::max(a, 0.0) + std::max(b, 0.0);
    const double last = samples - 1;
    if (!(lowest <= highest))
        return {0, samples};
    const int first = static_cast<int>(std::clamp(std::floor(lowest), 0.0, std::max(last - 1, 0.0)));
    const int end = static_cast<int>(std::clamp(std::floor(highest) + 1, 0.0, last));
    return {first, std::max(end, std::min(first + 1, samples - 1)) - first + 1};
}

}  // namespace

Affine picture_from_crop(const Region& region, int crop_side) noexcept {
    const double cosine = std::cos(region.rotation) * region.side;
    const double sine = std::sin(region.rotation) * region.side;
    return {.xx = cosine / crop_side,
            .xy = -sine / crop_side,
            .x0 = region.center_x - (cosine - sine) / 2,
            .yx = sine / crop_side,
            .yy = cosine / crop_side,
            .y0 = region.center_y - (sine + cosine) / 2};
}

void Rgb24Source::aim(const Affine& picture_from_crop, int) noexcept {
    picture_from_crop_ = picture_from_crop;
}

bool Rgb24Source::covers(int i, int j) const noexcept {
    return is_inside(picture_from_crop_, i, j, size_.width, size_.height);
}

void Rgb24Source::sample_row(int j, std::span<float> rgb) const {
    const Line line = line_of(picture_from_crop_, j);
    const auto cut = [](double value, int samples) {
        return value > 0 ? std::min(value, static_cast<double>(samples - 1)) : 0.0;
    };
    const int pixels = static_cast<int>(rgb.size() / 3);
    for (int i = 0; i < pixels; ++i) {
        const double x = cut(line.x + line.step_x * i - 0.5, size_.width);
        const double y = cut(line.y + line.step_y * i - 0.5, size_.height);
        const int left = static_cast<int>(x), right = std::min(left + 1, size_.width - 1);
        const int top = static_cast<int>(y), bottom = std::min(top + 1, size_.height - 1);
        const double part_x = x - left, part_y = y - top;
        const std::uint8_t* upper = data_ + top * stride_;
        const std::uint8_t* lower = data_ + bottom * stride_;
        for (int c = 0; c < 3; ++c) {
            const double above = upper[3 * left + c] * (1 - part_x) + upper[3 * right + c] * part_x;
            const double below = lower[3 * left + c] * (1 - part_x) + lower[3 * right + c] * part_x;
            rgb[static_cast<std::size_t>(3 * i + c)] =
                static_cast<float>((above * (1 - part_y) + below * part_y) / 255);
        }
    }
}

void FrameSource::aim(const Affine& picture_from_crop, int crop_side) {
    luma_from_crop_ = compose(frame_.coded_from_displayed, picture_from_crop);
    colour_ = rgb_from_yuv(frame_.colour);
    const Affine chroma_from_crop = compose(chroma_from_luma(frame_), luma_from_crop_);
    aim_plane(0, luma_from_crop_, crop_side);
    aim_plane(1, chroma_from_crop, crop_side);
    aim_plane(2, chroma_from_crop, crop_side);
}

void FrameSource::aim_plane(std::size_t index, const Affine& plane_from_crop, int crop_side) {
    const PlaneView& plane = frame_.planes[index];
    Reduction reduction{.level = level_of(plane_from_crop)};
    const double factor = 1 << reduction.level;
    const Affine texel_from_plane{.xx = 1 / factor, .x0 = -0.5, .yy = 1 / factor, .y0 = -0.5};
    Affine texel = compose(texel_from_plane, plane_from_crop);
    if (reduction.level == 0 && plane.width > 1) {
        aimed_[index] = {plane, texel};
        return;
    }
    const auto squares = [&](int samples) { return (samples - 1) / (1 << reduction.level) + 1; };
    const auto [left, width] =
        looked_up(texel.x0, texel.xx * crop_side, texel.xy * crop_side, squares(plane.width));
    const auto [top, height] =
        looked_up(texel.y0, texel.yx * crop_side, texel.yy * crop_side, squares(plane.height));
    reduction.left = left, reduction.top = top, reduction.width = width, reduction.height = height;
    // The loops want two samples in a row; of a plane one sample wide the second is never given any weight.
    const int stride = std::max(width, 2);
    auto& samples = reduced_[index];
    samples.resize(static_cast<std::size_t>(stride) * static_cast<std::size_t>(height));
    if (reduction.level == 0) {
        for (int y = 0; y < height; ++y)
            samples[static_cast<std::size_t>(stride * y)] = plane.data[(top + y) * plane.stride];
    } else {
        kernels_.reduce(plane, reduction, samples.data(), stride);
    }
    texel.x0 -= left;
    texel.y0 -= top;
    aimed_[index] = {{samples.data(), stride, width, height}, texel};
}

bool FrameSource::covers(int i, int j) const noexcept {
    return is_inside(luma_from_crop_, i, j, frame_.planes[0].width, frame_.planes[0].height);
}

void FrameSource::sample_row(int j, std::span<float> rgb) const {
    kernels_.sample_row({.luma = aimed_[0].plane,
                         .luma_line = line_of(aimed_[0].texel_from_crop, j),
                         .chroma = {aimed_[1].plane, aimed_[2].plane},
                         .chroma_line = line_of(aimed_[1].texel_from_crop, j),
                         .colour = colour_,
                         .later_luma_line = line_of(aimed_[0].texel_from_crop, j + rows_ahead),
                         .later_chroma_line = line_of(aimed_[1].texel_from_crop, j + rows_ahead)},
                        rgb);
}

}  // namespace posed::estimation
