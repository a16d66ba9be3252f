#pragma once

#include <map>
#include <string>
#include <vector>

#include <ATen/ATen.h>

#include "estimation/sam3dbody/parity/golden_file.h"

namespace posed::estimation::sam3dbody {

/// How near a number must come to the expected one.
enum class Nearness {
    exact,          ///< boxes, camera, tables, masks
    affine,         ///< 1e-6 of the number
    intermediate,   ///< 1e-4 of the tensor's largest
    parameter,      ///< 1e-5: parameters, rotations, metres
    centimetre,     ///< 1e-3: the body model's own unit
    pixel,          ///< 5e-3
    projection,     ///< 5e-3 and 1e-5 of the number: made-up cameras that throw points far away
    grey_level,     ///< 1, in at most a thousandth of the values
    rebuilt_matrix  ///< 1e-3: rotations rebuilt from angles that are badly conditioned
};

/// The worst of all tensors that had to come equally near, as a multiple of nothing: in the unit of the
/// limit.
struct Quantity {
    double worst = 0;
    double limit = 0;
    std::string worst_tensor;
    int tensors = 0;
};

/// Compares tensors with a golden file's and keeps the worst differences.
class Comparison {
  public:
    explicit Comparison(GoldenFile& golden) : golden_(golden) {}

    /// Batches of maps in the golden file, (batch, channels, rows, columns), are compared with lists.
    void compare(const std::string& name, const at::Tensor& actual, Nearness nearness);
    void compare(const std::string& name, const at::Tensor& actual, const at::Tensor& expected,
                 Nearness nearness);

    /// Something that is no difference of numbers.
    void require(bool condition, const std::string& what);

    [[nodiscard]] const std::map<std::string, Quantity>& quantities() const noexcept { return quantities_; }
    [[nodiscard]] const std::vector<std::string>& failures() const noexcept { return failures_; }

  private:
    GoldenFile& golden_;
    std::map<std::string, Quantity> quantities_;
    std::vector<std::string> failures_;
};

}  // namespace posed::estimation::sam3dbody
