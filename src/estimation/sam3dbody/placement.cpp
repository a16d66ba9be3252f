#include "estimation/sam3dbody/placement.h"

#include <cmath>
#include <string>

namespace posed::estimation::sam3dbody {
namespace {

constexpr float padding = 1.25F, first_ratio = 0.75F;
constexpr int fraction_bits = 5, scale_bits = 10, weight_bits = 15;

/// The inverse in the form and order of operations of OpenCV.
Affine inverse(const Affine& map) noexcept {
    const double determinant = map.xx * map.yy - map.xy * map.yx;
    const double factor = determinant != 0 ? 1 / determinant : 0;
    Affine inverse{.xx = map.yy * factor,
                   .xy = -map.xy * factor,
                   .x0 = 0,
                   .yx = -map.yx * factor,
                   .yy = map.xx * factor,
                   .y0 = 0};
    inverse.x0 = -inverse.xx * map.x0 - inverse.xy * map.y0;
    inverse.y0 = -inverse.yx * map.x0 - inverse.yy * map.y0;
    return inverse;
}

std::int64_t fixed(double value) noexcept {
    return std::llrint(value * (1 << scale_bits));
}

}  // namespace

Point2 center_of(const Box& box) noexcept {
    return {(box[0] + box[2]) * 0.5F, (box[1] + box[3]) * 0.5F};
}

BoxSize padded_size(const Box& box) noexcept {
    return {(box[2] - box[0]) * padding, (box[3] - box[1]) * padding};
}

BoxSize with_ratio(BoxSize size, float ratio) noexcept {
    if (size.width > size.height * ratio)
        return {size.width, size.width / ratio};
    return {size.height * ratio, size.height};
}

CameraMatrix default_camera_matrix(Size frame) noexcept {
    const auto width = static_cast<double>(frame.width), height = static_cast<double>(frame.height);
    const auto focal_length = static_cast<float>(std::sqrt(width * width + height * height));
    return {focal_length,
            0,
            static_cast<float>(width / 2),
            0,
            focal_length,
            static_cast<float>(height / 2),
            0,
            0,
            1};
}

Affine crop_from_frame(Point2 center, BoxSize size, const Profile& profile) noexcept {
    const double scale = profile.crop_width / static_cast<double>(size.width);
    return {.xx = scale,
            .xy = 0,
            .x0 = profile.crop_width / 2.0 - scale * static_cast<double>(center.x),
            .yx = 0,
            .yy = scale,
            .y0 = profile.crop_height / 2.0 - scale * static_cast<double>(center.y)};
}

Result<Placement> place_crop(const Box& box, Size frame, const Profile& profile) {
    const auto [left, top, right, bottom] = box;
    const bool finite = std::isfinite(left) && std::isfinite(top) && std::isfinite(right) &&
                        std::isfinite(bottom) && right - left < 1e6F && bottom - top < 1e6F;
    const bool seen = right > 0 && bottom > 0 && left < static_cast<float>(frame.width) &&
                      top < static_cast<float>(frame.height);
    if (!finite || !(right - left >= 1) || !(bottom - top >= 1) || !seen)
        return fail(Code::invalid_argument,
                    "a person's box from (" + std::to_string(left) + ", " + std::to_string(top) + ") to (" +
                        std::to_string(right) + ", " + std::to_string(bottom) + ") in a frame of " +
                        std::to_string(frame.width) + "x" + std::to_string(frame.height),
                    "give boxes of at least a pixel that touch the frame");
    Placement placement{.center = center_of(box), .size = with_ratio(padded_size(box), first_ratio)};
    placement.size = with_ratio(
        placement.size, static_cast<float>(profile.crop_width) / static_cast<float>(profile.crop_height));
    placement.crop_from_frame = crop_from_frame(placement.center, placement.size, profile);
    return placement;
}

void warp(const RgbView& frame, const Affine& crop_from_frame, Size crop_size,
          std::span<std::uint8_t> crop) noexcept {
    const Affine map = inverse(crop_from_frame);
    constexpr std::int64_t half = 1 << (scale_bits - fraction_bits - 1), steps = 1 << fraction_bits;
    const auto sample = [&](std::int64_t x, std::int64_t y, int channel) -> std::int64_t {
        if (x < 0 || y < 0 || x >= frame.size.width || y >= frame.size.height)
            return 0;
        return frame.data[y * frame.stride + 3 * x + channel];
    };
    auto* out = crop.data();
    for (int row = 0; row < crop_size.height; ++row) {
        for (int column = 0; column < crop_size.width; ++column) {
            const auto x = (fixed(map.xy * row + map.x0) + half + fixed(map.xx * column)) >>
                           (scale_bits - fraction_bits);
            const auto y = (fixed(map.yy * row + map.y0) + half + fixed(map.yx * column)) >>
                           (scale_bits - fraction_bits);
            const auto left = x >> fraction_bits, top = y >> fraction_bits;
            const auto u = x & (steps - 1), v = y & (steps - 1);
            for (int channel = 0; channel < 3; ++channel) {
                const auto sum = (sample(left, top, channel) * (steps - u) * (steps - v) +
                                  sample(left + 1, top, channel) * u * (steps - v) +
                                  sample(left, top + 1, channel) * (steps - u) * v +
                                  sample(left + 1, top + 1, channel) * u * v) *
                                 steps;
                *out++ = static_cast<std::uint8_t>((sum + (1 << (weight_bits - 1))) >> weight_bits);
            }
        }
    }
}

}  // namespace posed::estimation::sam3dbody
