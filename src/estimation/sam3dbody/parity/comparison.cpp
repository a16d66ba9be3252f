#include "estimation/sam3dbody/parity/comparison.h"

#include <algorithm>
#include <sstream>

namespace posed::estimation::sam3dbody {
namespace {

struct Limit {
    const char* name;
    double value;
};

Limit limit_of(Nearness nearness) {
    switch (nearness) {
        case Nearness::exact:
            return {"boxes, camera, tables, masks", 0};
        case Nearness::affine:
            return {"affine maps, relative", 1e-6};
        case Nearness::intermediate:
            return {"between the stages, of the largest", 1e-4};
        case Nearness::parameter:
            return {"parameters, rotations, metres", 1e-5};
        case Nearness::centimetre:
            return {"body model, centimetres", 1e-3};
        case Nearness::pixel:
            return {"pixels", 5e-3};
        case Nearness::projection:
            return {"pixels and metres of made-up cameras", 1};
        case Nearness::grey_level:
            return {"crops by the closed form, part that differs", 1e-3};
        case Nearness::rebuilt_matrix:
            return {"rotations from ill-conditioned angles", 1e-3};
    }
    return {"", 0};
}

/// In the unit of the limit.
double difference(const at::Tensor& actual, const at::Tensor& expected, Nearness nearness) {
    const auto a = actual.cpu().to(at::kDouble), e = expected.cpu().to(at::kDouble);
    const auto distance = at::where(a == e, at::zeros_like(a), (a - e).abs());
    const auto largest = [](const at::Tensor& x) { return x.max().item<double>(); };
    switch (nearness) {
        case Nearness::affine:
            // A solver leaves 1e-15 where zeros belong.
            return largest(distance / e.abs().clamp_min(1e-3));
        case Nearness::intermediate:
            return largest(distance) / std::max(largest(e.abs()), 1e-30);
        case Nearness::projection:
            return largest(distance / (5e-3 + 1e-5 * e.abs()));
        case Nearness::grey_level:
            return largest(distance) > 1 ? 1 : (distance > 0).to(at::kDouble).mean().item<double>();
        default:
            return largest(distance);
    }
}

}  // namespace

void Comparison::compare(const std::string& name, const at::Tensor& actual, Nearness nearness) {
    if (!golden_.contains(name)) {
        failures_.push_back(name + " is not in the golden file");
        return;
    }
    auto expected = golden_.take(name);
    if (expected.dim() == 4 && actual.dim() == 3)
        expected = expected.flatten(2).transpose(1, 2);
    compare(name, actual, expected, nearness);
}

void Comparison::compare(const std::string& name, const at::Tensor& actual, const at::Tensor& expected,
                         Nearness nearness) {
    const auto limit = limit_of(nearness);
    auto& quantity = quantities_[limit.name];
    quantity.limit = limit.value;
    ++quantity.tensors;
    if (!actual.defined() || actual.numel() != expected.numel()) {
        std::ostringstream text;
        text << name << " is " << (actual.defined() ? actual.sizes() : at::IntArrayRef{}) << ", not "
             << expected.sizes();
        failures_.push_back(text.str());
        return;
    }
    const auto worst = difference(actual.reshape(expected.sizes()), expected, nearness);
    if (!(worst <= quantity.worst)) {
        quantity.worst = worst;
        quantity.worst_tensor = name;
    }
    if (!(worst <= limit.value)) {
        std::ostringstream text;
        text << name << " differs by " << worst << ", limit " << limit.value << " (" << limit.name << ")";
        failures_.push_back(text.str());
    }
}

void Comparison::require(bool condition, const std::string& what) {
    if (!condition)
        failures_.push_back(what);
}

}  // namespace posed::estimation::sam3dbody
