#pragma once

#include <vector>

#include "estimation/estimator.h"
#include "estimation/sam3dbody/placement.h"
#include "estimation/sampling.h"

namespace posed::estimation::sam3dbody {

/// The part of a placed crop that the network sees, 384 columns of each row, from the decoder's planes:
/// float32 R G B interleaved, 0 to 1, black outside the frame. Sample places are those of the integer scheme
/// (`warp`), the interpolation is exact.
[[nodiscard]] Tensor sample_placed_crop(FrameSource& source, const Placement& placement,
                                        const Profile& profile);

}  // namespace posed::estimation::sam3dbody
