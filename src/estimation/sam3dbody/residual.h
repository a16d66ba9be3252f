#pragma once

#include <ATen/ATen.h>

namespace posed::estimation::sam3dbody {

/// x += change, and the LayerNorm of the sum over its last dimension, rounded to the type of `change`. In one
/// pass over memory, because the matrices between which it stands are faster than what several passes take.
/// `x`: float32, contiguous, up to `widest_row` numbers a row; `change`: float32, bfloat16 or float16 of the
/// same shape; `weight` and `bias`: float32. Statistics are float32.
[[nodiscard]] at::Tensor add_and_normalise(const at::Tensor& x, const at::Tensor& change,
                                           const at::Tensor& weight, const at::Tensor& bias, double epsilon);

}  // namespace posed::estimation::sam3dbody
