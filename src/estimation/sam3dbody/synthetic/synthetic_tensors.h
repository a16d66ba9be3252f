#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <ATen/ATen.h>

namespace posed::estimation::sam3dbody {

/// A tensor that is made when it is written: `make` gets its shape and a generator of its own.
struct SyntheticTensor {
    std::string name;
    std::vector<std::int64_t> shape;
    at::ScalarType type = at::kFloat;
    std::function<at::Tensor(at::IntArrayRef shape, at::Generator generator)> make;
    std::string shares = {};  ///< the tensor whose memory this one is
};

/// The 965 tensors of the ViT-H checkpoint, by their published names and shapes.
[[nodiscard]] std::vector<SyntheticTensor> synthetic_checkpoint();

/// The tensors of the body model that inference reads, and `faces`.
[[nodiscard]] std::vector<SyntheticTensor> synthetic_body();

/// How many joints of the body stand at each level of their tree, the root left out.
[[nodiscard]] std::vector<std::int64_t> synthetic_levels();

/// Rows and columns of the body's sparse matrix.
inline constexpr std::int64_t synthetic_hidden = 3000, synthetic_features = 750;

}  // namespace posed::estimation::sam3dbody
