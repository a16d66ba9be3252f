#include "estimation/sam3dbody/weights.h"

#include <algorithm>
#include <span>

#include "estimation/sam3dbody/residual.h"

namespace posed::estimation::sam3dbody {
namespace {

at::ScalarType scalar_type(ElementType type) {
    switch (type) {
        case ElementType::float32:
            return at::kFloat;
        case ElementType::float64:
            return at::kDouble;
        case ElementType::float16:
            return at::kHalf;
        case ElementType::bfloat16:
            return at::kBFloat16;
        case ElementType::int64:
            return at::kLong;
        case ElementType::int32:
            return at::kInt;
        case ElementType::int16:
            return at::kShort;
        case ElementType::int8:
            return at::kChar;
        case ElementType::uint8:
            return at::kByte;
        case ElementType::boolean:
            return at::kBool;
    }
    return at::kFloat;
}

bool agrees(const std::vector<std::int64_t>& shape, const std::vector<std::int64_t>& wanted) {
    return std::ranges::equal(shape, wanted,
                              [](auto length, auto wish) { return wish < 0 || length == wish; });
}

}  // namespace

at::ScalarType product_type(at::ScalarType type, at::Device device) {
#ifdef __x86_64__
    if (type == at::kBFloat16 && device.is_cpu() && !__builtin_cpu_supports("avx512bf16"))
        return at::kFloat;
#endif
    return type;
}

at::Tensor Linear::operator()(const at::Tensor& x) const {
    const auto stored = weight.scalar_type(), used = product_type(stored, weight.device());
    const auto rounded = x.to(stored).to(used);
    return at::linear(rounded, weight.to(used), bias.defined() ? bias.to(used) : bias).to(stored);
}

at::Tensor LayerNorm::operator()(const at::Tensor& x) const {
    return at::layer_norm(x.to(at::kFloat), weight.sizes(), weight, bias, epsilon);
}

at::Tensor LayerNorm::of_sum(const at::Tensor& x, const at::Tensor& change) const {
    return add_and_normalise(x, change, weight, bias, epsilon);
}

at::Tensor Perceptron::operator()(const at::Tensor& x) const {
    return out(at::relu(hidden(x)));
}

Result<at::Tensor> read_tensor(const TensorFile& file, const StoredTensor& stored) {
    auto memory = at::empty({TensorFile::extent_of(stored)}, scalar_type(stored.memory.type));
    TRY(file.read(stored, {static_cast<std::byte*>(memory.data_ptr()), memory.nbytes()}));
    return memory.as_strided(stored.shape, stored.strides);
}

std::int64_t length_in(const TensorFile& file, const std::string& name, std::size_t dimension) {
    const auto found = file.tensors().find(name);
    return found == file.tensors().end() || found->second.shape.size() <= dimension
               ? 0
               : found->second.shape[dimension];
}

at::Tensor WeightReader::take(const std::string& name, const std::vector<std::int64_t>& shape,
                              at::ScalarType type) {
    const auto found = file_.tensors().find(name);
    if (found == file_.tensors().end()) {
        problems_.push_back(name + " " + shape_text(shape) + " is missing");
        return {};
    }
    if (!agrees(found->second.shape, shape)) {
        problems_.push_back(name + " is " + shape_text(found->second.shape) + ", not " + shape_text(shape));
        return {};
    }
    auto stored = read_tensor(file_, found->second);
    if (!stored) {
        errors_.push_back(stored.error());
        return {};
    }
    if (stored->is_floating_point() && !at::isfinite(*stored).all().item<bool>()) {
        problems_.push_back(name + " holds values that are no finite numbers");
        return {};
    }
    return stored->to(device_, type).contiguous();
}

Linear WeightReader::linear(const std::string& name, std::int64_t out, std::int64_t in, at::ScalarType type) {
    return {take(name + ".weight", {out, in}, type), take(name + ".bias", {out}, type)};
}

LayerNorm WeightReader::layer_norm(const std::string& name, std::int64_t length, double epsilon) {
    return {take(name + ".weight", {length}), take(name + ".bias", {length}), epsilon};
}

Perceptron WeightReader::perceptron(const std::string& name, std::int64_t in, std::int64_t hidden,
                                    std::int64_t out, at::ScalarType type) {
    return {linear(name + ".layers.0.0", hidden, in, type), linear(name + ".layers.1", out, hidden, type)};
}

Result<> WeightReader::check() const {
    if (!errors_.empty())
        return errors_.front();
    if (problems_.empty())
        return {};
    std::string list;
    for (const auto& problem : problems_)
        list += (list.empty() ? "" : "; ") + problem;
    return fail(Code::corrupt_model,
                file_.name() + " lacks what the model needs, " + std::to_string(problems_.size()) +
                    " tensors in all: " + list,
                "use the files of SAM 3D Body ViT-H (facebook/sam-3d-body-vith); other variants do not fit");
}

}  // namespace posed::estimation::sam3dbody
