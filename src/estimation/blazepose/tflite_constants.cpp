#include "estimation/blazepose/tflite_constants.h"

#include <bit>
#include <cstring>

namespace posed::estimation::blazepose {
namespace {

std::vector<float> stored_floats(const StoredTensor& tensor) {
    const auto bytes = tensor.data.bytes();
    if (tensor.type == StoredType::float32) {
        std::vector<float> values(bytes.size() / sizeof(float));
        std::memcpy(values.data(), bytes.data(), bytes.size());
        return values;
    }
    const FlatScalars<std::uint16_t> halves(bytes);
    std::vector<float> values(halves.size());
    for (std::size_t i = 0; i < values.size(); ++i)
        values[i] = float_of_half(halves[i]);
    return values;
}

std::vector<float> with_zeros(const std::vector<float>& kept, const StoredSparsity& sparsity,
                              const std::vector<std::size_t>& shape) {
    const auto columns = shape.back();
    std::vector<float> dense(shape.front() * columns);
    for (std::size_t row = 0; row + 1 < sparsity.starts.size(); ++row) {
        for (auto i = sparsity.starts[row]; i < sparsity.starts[row + 1]; ++i)
            dense[row * columns + sparsity.columns[i]] = kept[i];
    }
    return dense;
}

}  // namespace

float float_of_half(std::uint16_t half) noexcept {
    const auto sign = static_cast<std::uint32_t>(half & 0x8000U) << 16;
    const std::uint32_t exponent = (half >> 10) & 0x1FU;
    const std::uint32_t fraction = half & 0x3FFU;
    if (exponent == 0) {  // zero and subnormal numbers: a multiple of 2^-24
        const float magnitude = static_cast<float>(fraction) * 0x1p-24F;
        return sign != 0 ? -magnitude : magnitude;
    }
    constexpr std::uint32_t bias_difference = 127 - 15;
    const std::uint32_t wide_exponent = exponent == 0x1F ? 0xFFU : exponent + bias_difference;
    return std::bit_cast<float>(sign | wide_exponent << 23 | fraction << 13);
}

Result<std::vector<float>> constant_of(const StoredTensor& tensor) {
    if (tensor.data.size() == 0 || tensor.type == StoredType::int32)
        return corrupt_model("weights that are no constant numbers");
    auto values = stored_floats(tensor);
    return tensor.sparsity ? with_zeros(values, *tensor.sparsity, tensor.shape) : std::move(values);
}

Result<std::vector<std::int32_t>> integers_of(const StoredTensor& tensor) {
    if (tensor.data.size() == 0 || tensor.type != StoredType::int32 || tensor.sparsity)
        return corrupt_model("a size that is no constant");
    std::vector<std::int32_t> values(tensor.element_count);
    std::memcpy(values.data(), tensor.data.bytes().data(), tensor.data.size());
    return values;
}

}  // namespace posed::estimation::blazepose
