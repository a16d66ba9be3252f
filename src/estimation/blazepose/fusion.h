#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "estimation/blazepose/schedule.h"
#include "estimation/blazepose/tflite_model.h"

namespace posed::estimation::blazepose {

/// Zeros around an image, of which a convolution's window may take in some.
struct Margins {
    std::size_t top = 0;
    std::size_t left = 0;
    std::size_t bottom = 0;
    std::size_t right = 0;
};

/// An addition that is done along with what makes one of its two inputs.
struct FusedAddition {
    std::size_t addend;  ///< the other one
    Bounds bounds;
};

/// A node of the network and what is done with it in one go. Where a Pad makes a convolution's input, the
/// convolution takes the Pad's input and has wider margins.
struct FusedNode {
    const Node* node;
    std::vector<std::size_t> inputs;  ///< as inputs_of gives them, without the Pad
    Margins margins;                  ///< of its window, if it has one
    std::optional<FusedAddition> addition;
    std::size_t output;  ///< of the addition, if there is one
};

/// Brings together what oneDNN computes together. Every wanted output is still made. The result points into
/// the model and has an order in which it can run.
[[nodiscard]] std::vector<FusedNode> fuse(const Model& model, const Schedule& schedule);

}  // namespace posed::estimation::blazepose
