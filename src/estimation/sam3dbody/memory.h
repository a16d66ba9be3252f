#pragma once

#include <cstdint>

#include "base/result.h"
#include "estimation/sam3dbody/engine.h"
#include "estimation/sam3dbody/model_lengths.h"
#include "estimation/sam3dbody/tensor_file.h"

/// What an engine takes of the host's memory, known before it takes it: a process that runs out of it is
/// killed without a word.
namespace posed::estimation::sam3dbody {

/// Bytes that this process may still take: the least of what the machine has free, and of what its control
/// group and its own limit leave it.
[[nodiscard]] std::uint64_t available_memory();

/// Of the weights once they are loaded.
[[nodiscard]] std::uint64_t memory_for_weights(const TensorFile& checkpoint, const TensorFile& body,
                                               Precision precision);

/// Of each crop of a batch while it is computed.
[[nodiscard]] std::uint64_t memory_for_crop(const ModelLengths& lengths, const Profile& profile);

/// How many crops can be computed together, at most `most`. Error: limit_exceeded when not even one can,
/// which says how much is needed.
[[nodiscard]] Result<int> crops_that_fit(std::uint64_t weights, std::uint64_t crop, std::uint64_t available,
                                         int most);

}  // namespace posed::estimation::sam3dbody
