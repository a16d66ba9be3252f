#pragma once

#include <vector>

#include "base/result.h"
#include "estimation/blazepose/tflite_file.h"
#include "estimation/blazepose/tflite_model.h"

namespace posed::estimation::blazepose {

/// The operators' codes in TensorFlow Lite's schema, as far as these networks use them.
enum class OperatorCode : std::int32_t {
    add = 0,
    concatenation = 2,
    convolution = 3,
    depthwise_convolution = 4,
    depth_to_space = 5,
    dequantize = 6,
    logistic = 14,
    max_pool = 17,
    reshape = 22,
    resize_bilinear = 23,
    pad = 34,
    densify = 124
};

/// Understands an operator that runs with the network, and verifies that the shapes of what it takes and
/// makes fit it. `values` are those of the model so far, all shapes and the constants among them; the
/// operator has exactly one output. Errors: corrupt_model.
[[nodiscard]] Result<Operation> read_operation(const StoredOperator& stored, const StoredModel& file,
                                               const std::vector<Value>& values);

}  // namespace posed::estimation::blazepose
