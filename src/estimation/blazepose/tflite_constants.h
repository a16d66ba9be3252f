#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/result.h"
#include "estimation/blazepose/tflite_file.h"

namespace posed::estimation::blazepose {

/// The value of an IEEE 754 half-precision number; exact.
[[nodiscard]] float float_of_half(std::uint16_t half) noexcept;

/// A stored constant as float32, sparse ones with their zeros. Errors: corrupt_model if it has no data or is
/// of integers.
[[nodiscard]] Result<std::vector<float>> constant_of(const StoredTensor& tensor);

/// A stored constant of integers. Errors: corrupt_model if it is something else.
[[nodiscard]] Result<std::vector<std::int32_t>> integers_of(const StoredTensor& tensor);

}  // namespace posed::estimation::blazepose
