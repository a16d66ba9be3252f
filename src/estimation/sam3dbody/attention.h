#pragma once

#include <cstdint>

#include <ATen/ATen.h>

namespace posed::estimation::sam3dbody {

/// softmax(q k^T / sqrt(length of a head)) v for each head. q: (batch, m, width), k and v: (batch, n,
/// width), all of one type; so is the result, (batch, m, width).
[[nodiscard]] at::Tensor attention(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value,
                                   std::int64_t heads);

}  // namespace posed::estimation::sam3dbody
