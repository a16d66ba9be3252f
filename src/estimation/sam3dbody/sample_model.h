#pragma once

#include <filesystem>

#include <ATen/ATen.h>

#include "tests/support/shared_data.h"

/// What the tests of this folder have in common.
namespace posed::estimation::sam3dbody {

[[nodiscard]] inline std::filesystem::path shared_models() {
    return tests::shared_data() / "sam3dbody";
}

/// A complete model with tiny lengths, and its golden files.
[[nodiscard]] inline std::filesystem::path tiny() {
    return shared_models() / "tiny";
}

[[nodiscard]] inline double largest(const at::Tensor& x) {
    return x.abs().max().item<double>();
}

}  // namespace posed::estimation::sam3dbody
