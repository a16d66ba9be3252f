#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "base/result.h"
#include "estimation/blazepose/tflite_model.h"

namespace posed::estimation::blazepose {

/// A stretch of an output: all values of one tensor, in its order.
struct OutputPart {
    std::size_t value;
    std::size_t count;
};

/// What must run to get certain outputs, and of which tensors they consist. Reshapes and concatenations at a
/// network's end move no number to another order, so they never run: an output is the stretch of memory into
/// which the operators before them write.
struct Schedule {
    std::vector<const Node*> nodes;                ///< in the order in which they can run
    std::vector<std::vector<OutputPart>> outputs;  ///< per wanted output
};

/// Finds, from the wanted tensors backwards, the nodes that they need; a branch that feeds none of them is
/// left out. The schedule points into the model. Errors: corrupt_model if a tensor would be delivered twice,
/// or concatenated other than at the end.
[[nodiscard]] Result<Schedule> schedule_for(const Model& model, std::span<const std::size_t> wanted);

}  // namespace posed::estimation::blazepose
