#pragma once

#include <memory>

#include "base/result.h"
#include "estimation/sam3dbody/engine.h"

namespace posed::estimation::sam3dbody {

/// Only in a build with CUDA (POSED_TORCH_CUDA). An engine in front of one that computes on a card: the
/// thousands of launches of a batch are recorded once for each of a few batch sizes and replayed as one; a
/// batch of another size is filled up to the next. The graphs share one pool of memory. Batches of several
/// threads follow each other on one stream, while a second stream brings their crops.
[[nodiscard]] std::unique_ptr<Engine> replayed_from_graphs(std::unique_ptr<Engine> on_card,
                                                           const Profile& profile);

}  // namespace posed::estimation::sam3dbody
