#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace posed::tests {

/// A safetensors file of expected numbers, read whole. For tests only: it trusts the file, and throws when a
/// tensor is missing or of another type.
class Safetensors {
  public:
    explicit Safetensors(const std::filesystem::path& path);

    [[nodiscard]] bool contains(const std::string& name) const { return tensors_.contains(name); }

    [[nodiscard]] const std::vector<std::size_t>& shape(const std::string& name) const;

    /// The tensor's values in row-major order. T: float, double, std::int32_t, std::int64_t, std::uint8_t.
    template <class T>
    [[nodiscard]] std::vector<T> values(const std::string& name) const;

  private:
    struct Tensor {
        std::string type;
        std::vector<std::size_t> shape;
        std::size_t begin = 0;
        std::size_t end = 0;
    };
    [[nodiscard]] const Tensor& find(const std::string& name) const;

    std::filesystem::path path_;
    std::vector<char> data_;
    std::map<std::string, Tensor> tensors_;
};

extern template std::vector<float> Safetensors::values<float>(const std::string&) const;
extern template std::vector<double> Safetensors::values<double>(const std::string&) const;
extern template std::vector<std::int32_t> Safetensors::values<std::int32_t>(const std::string&) const;
extern template std::vector<std::int64_t> Safetensors::values<std::int64_t>(const std::string&) const;
extern template std::vector<std::uint8_t> Safetensors::values<std::uint8_t>(const std::string&) const;

}  // namespace posed::tests
