#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>

#include <ATen/ATen.h>

#include "base/result.h"

namespace posed::estimation::sam3dbody {

/// A safetensors file of expected numbers, read whole. Remembers which of them were asked for, so that none
/// is forgotten.
class GoldenFile {
  public:
    /// Errors: not_found, malformed.
    [[nodiscard]] static Result<GoldenFile> open(const std::filesystem::path& path);

    [[nodiscard]] bool contains(const std::string& name) const { return tensors_.contains(name); }

    /// A tensor that must be there: asking for another is a bug, and an exception.
    [[nodiscard]] const at::Tensor& take(const std::string& name);

    void move_to(at::Device device);

    [[nodiscard]] std::set<std::string> never_taken() const;

  private:
    std::map<std::string, at::Tensor> tensors_;
    std::set<std::string> taken_;
};

}  // namespace posed::estimation::sam3dbody
