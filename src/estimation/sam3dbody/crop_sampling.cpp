#include "estimation/sam3dbody/crop_sampling.h"

#include <algorithm>

namespace posed::estimation::sam3dbody {
namespace {

/// From the seen part of the crop to the frame, pixel edges at integers in both. The model's own coordinates
/// have pixel centres at integers: half a pixel is taken off before and given back behind.
Affine frame_from_seen(const Placement& placement) {
    const Affine& map = placement.crop_from_frame;
    constexpr double half = 0.5;
    return {.xx = 1 / map.xx,
            .xy = 0,
            .x0 = (removed_columns - half - map.x0) / map.xx + half,
            .yx = 0,
            .yy = 1 / map.yy,
            .y0 = (-half - map.y0) / map.yy + half};
}

}  // namespace

Tensor sample_placed_crop(FrameSource& source, const Placement& placement, const Profile& profile) {
    source.aim(frame_from_seen(placement), std::max(seen_columns, profile.crop_height));
    constexpr std::size_t row_length = static_cast<std::size_t>(seen_columns) * 3;
    Tensor pixels(row_length * static_cast<std::size_t>(profile.crop_height));
    for (int j = 0; j < profile.crop_height; ++j) {
        const auto row = std::span(pixels).subspan(static_cast<std::size_t>(j) * row_length, row_length);
        source.sample_row(j, row);
        for (int i = 0; i < seen_columns; ++i)
            if (!source.covers(i, j))
                std::ranges::fill(row.subspan(static_cast<std::size_t>(i) * 3, 3), 0.0F);
    }
    return pixels;
}

}  // namespace posed::estimation::sam3dbody
