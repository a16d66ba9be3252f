#include "estimation/sam3dbody/attention.h"

#include <cmath>

#include <torch/version.h>

#include "estimation/sam3dbody/weights.h"

namespace posed::estimation::sam3dbody {
namespace {

at::Tensor split_heads(const at::Tensor& x, std::int64_t heads) {
    return x.view({x.size(0), x.size(1), heads, x.size(2) / heads}).transpose(1, 2);
}

#if TORCH_VERSION_MAJOR < 2
/// One picture at a time: the scores of all its heads stay in the processor's cache.
at::Tensor attend(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value) {
    auto result = at::empty_like(query, at::MemoryFormat::Contiguous);
    const double scale = 1 / std::sqrt(static_cast<double>(query.size(-1)));
    for (std::int64_t i = 0; i < query.size(0); ++i) {
        const auto scores = at::matmul(query[i] * scale, key[i].transpose(-2, -1));
        const auto weights = at::softmax(scores, -1, at::kFloat).to(value.scalar_type());
        auto target = result[i];
        at::matmul_out(target, weights, value[i]);
    }
    return result;
}
#else
at::Tensor attend(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value) {
    return at::scaled_dot_product_attention(query, key, value);
}
#endif

}  // namespace

at::Tensor attention(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value,
                     std::int64_t heads) {
    const auto used = product_type(query.scalar_type(), query.device());
    const auto split = [&](const at::Tensor& x) { return split_heads(x.to(used), heads); };
    const auto result = attend(split(query), split(key), split(value)).to(query.scalar_type());
    return result.transpose(1, 2).reshape({query.size(0), query.size(1), query.size(2)});
}

}  // namespace posed::estimation::sam3dbody
