#pragma once

#include <string_view>

#include "domain/geometry.h"

namespace posed::estimation::sam3dbody {

/// The geometry in which the model is fed. `upstream` is the one it was trained with; `reference` is that of
/// a published reimplementation, kept so that its numbers can be reproduced (docs/estimators.md).
struct Profile {
    std::string_view name;
    int crop_width = 0;
    int crop_height = 0;
    int patch_padding = 0;    ///< of the convolution that cuts the picture into patches
    int ray_column = 0;       ///< of the crop, at which the rays take the network's first column to be
    int encoding_side = 0;    ///< patches along the square over which places are encoded
    int encoding_column = 0;  ///< of that square, where the network's first column is
    bool prompted = false;    ///< whether the "no prompt" embeddings and tokens of the training are there

    [[nodiscard]] constexpr Size crop() const noexcept { return {crop_width, crop_height}; }
    [[nodiscard]] constexpr int rows() const noexcept { return crop_height / 16; }
    [[nodiscard]] constexpr int columns() const noexcept { return 24; }
    [[nodiscard]] constexpr int first_keypoint_token() const noexcept { return prompted ? 5 : 2; }
};

inline constexpr int patch_side = 16;
inline constexpr int removed_columns = 64;  ///< of the crop, at either side: the network does not see them
inline constexpr int seen_columns = 384;
inline constexpr int keypoint_count = 70;

inline constexpr Profile upstream_profile{.name = "upstream",
                                          .crop_width = 512,
                                          .crop_height = 512,
                                          .patch_padding = 2,
                                          .ray_column = removed_columns,
                                          .encoding_side = 32,
                                          .encoding_column = 4,
                                          .prompted = true};

inline constexpr Profile reference_profile{.name = "reference",
                                           .crop_width = 512,
                                           .crop_height = 384,
                                           .patch_padding = 4,
                                           .ray_column = 0,
                                           .encoding_side = 24,
                                           .encoding_column = 0,
                                           .prompted = false};

}  // namespace posed::estimation::sam3dbody
