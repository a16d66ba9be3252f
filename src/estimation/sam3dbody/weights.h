#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <ATen/ATen.h>

#include "base/result.h"
#include "estimation/sam3dbody/tensor_file.h"

namespace posed::estimation::sam3dbody {

/// The type in which products of numbers of `type` are summed on `device`: float32 for bfloat16 on a
/// processor that has no such products, where libtorch would round every partial sum.
[[nodiscard]] at::ScalarType product_type(at::ScalarType type, at::Device device);

/// y = weight x + bias of numbers of the type of `weight`; `bias` may be missing.
struct Linear {
    at::Tensor weight;
    at::Tensor bias;

    /// The result has the type of `weight`.
    [[nodiscard]] at::Tensor operator()(const at::Tensor& x) const;
};

/// Over the last dimension, in float32 whatever the type of x.
struct LayerNorm {
    at::Tensor weight;
    at::Tensor bias;
    double epsilon = 0;

    [[nodiscard]] at::Tensor operator()(const at::Tensor& x) const;

    /// Of x += change, in the type of `change`.
    [[nodiscard]] at::Tensor of_sum(const at::Tensor& x, const at::Tensor& change) const;
};

/// Two linear layers with a ReLU between.
struct Perceptron {
    Linear hidden;
    Linear out;

    [[nodiscard]] at::Tensor operator()(const at::Tensor& x) const;
};

/// Takes tensors out of a file by name and shape, and keeps a list of all that is missing, of another shape,
/// or not finite, so that one error names everything. What `take` returns is only valid when `check` is
/// content.
class WeightReader {
  public:
    WeightReader(const TensorFile& file, at::Device device) : file_(file), device_(device) {}

    /// Lengths of -1 may be any.
    [[nodiscard]] at::Tensor take(const std::string& name, const std::vector<std::int64_t>& shape,
                                  at::ScalarType type = at::kFloat);
    [[nodiscard]] Linear linear(const std::string& name, std::int64_t out, std::int64_t in,
                                at::ScalarType type = at::kFloat);
    [[nodiscard]] LayerNorm layer_norm(const std::string& name, std::int64_t length, double epsilon);

    /// As the file names them: `name`.layers.0.0 and `name`.layers.1.
    [[nodiscard]] Perceptron perceptron(const std::string& name, std::int64_t in, std::int64_t hidden,
                                        std::int64_t out, at::ScalarType type = at::kFloat);

    /// Errors: corrupt_model with all of the list, input_output.
    [[nodiscard]] Result<> check() const;

  private:
    const TensorFile& file_;
    at::Device device_;
    std::vector<std::string> problems_;
    std::vector<Error> errors_;
};

/// A tensor as stored, on the processor. Errors: corrupt_model, input_output.
[[nodiscard]] Result<at::Tensor> read_tensor(const TensorFile& file, const StoredTensor& stored);

/// A length in the shape of a tensor, 0 when it is not there.
[[nodiscard]] std::int64_t length_in(const TensorFile& file, const std::string& name, std::size_t dimension);

}  // namespace posed::estimation::sam3dbody
