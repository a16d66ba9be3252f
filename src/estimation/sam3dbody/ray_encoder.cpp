#include "estimation/sam3dbody/ray_encoder.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

namespace posed::estimation::sam3dbody {
namespace {

constexpr std::int64_t bands = 16, ray_features = 3 + 2 * 3 * bands;
constexpr double ray_encoder_epsilon = 1e-6;

}  // namespace

at::Tensor reduced_places(std::int64_t length) {
    std::vector<float> places;
    for (std::int64_t u = 0; u < length / patch_side; ++u) {
        const double middle = patch_side * (static_cast<double>(u) + 0.5);
        double sum = 0, weights = 0;
        for (std::int64_t k = std::max<std::int64_t>(0, patch_side * (u - 1));
             k < std::min<std::int64_t>(length, patch_side * (u + 2)); ++k) {
            const double weight =
                std::max(0.0, 1 - std::abs(static_cast<double>(k) + 0.5 - middle) / patch_side);
            sum += weight * static_cast<double>(k);
            weights += weight;
        }
        places.push_back(static_cast<float>(sum / weights));
    }
    return at::tensor(places);
}

at::Tensor rays_at(const at::Tensor& places, const Batch& batch, int axis) {
    const auto column = [](const at::Tensor& matrices, int row, int place) {
        return matrices.select(1, row).select(1, place).unsqueeze(1);
    };
    const auto scale = column(batch.crop_from_frame, axis, axis);
    const auto shift = column(batch.crop_from_frame, axis, 2);
    const auto middle = column(batch.camera, axis, 2), focal_length = column(batch.camera, axis, axis);
    return (places.unsqueeze(0) / scale - shift / scale - middle) / focal_length;
}

at::Tensor fourier_features(const at::Tensor& places) {
    const auto factors = at::linspace(1, 2 * bands, bands, places.options());
    const auto angles = (places.unsqueeze(-1) * factors).flatten(-2) * std::numbers::pi;
    return at::cat({places, at::sin(angles), at::cos(angles)}, -1);
}

RayEncoder::RayEncoder(WeightReader& reader, const Profile& profile, std::int64_t width, at::ScalarType type)
    : profile_(profile), type_(type) {
    stored_weight_ = reader.take("ray_cond_emb.conv.weight", {width, width + ray_features, 1, 1});
    norm_ = reader.layer_norm("ray_cond_emb.norm", width, ray_encoder_epsilon);
}

void RayEncoder::prepare() {
    const auto weight = stored_weight_.flatten(1);
    const auto width = weight.size(0);
    features_.weight = weight.narrow(1, 0, width).to(type_).contiguous();
    rays_.weight = weight.narrow(1, width, ray_features).contiguous();
    stored_weight_.reset();
    columns_ = (reduced_places(seen_columns) + profile_.ray_column).to(weight.device());
    rows_ = reduced_places(profile_.crop_height).to(weight.device());
}

at::Tensor RayEncoder::operator()(const at::Tensor& features, const Batch& batch,
                                  const Observer* observe) const {
    const auto crops = features.size(0), rows = rows_.size(0), columns = columns_.size(0);
    const auto x = rays_at(columns_, batch, 0).unsqueeze(1).expand({crops, rows, columns});
    const auto y = rays_at(rows_, batch, 1).unsqueeze(2).expand({crops, rows, columns});
    const auto rays = at::stack({x, y, at::ones_like(x)}, -1).flatten(1, 2);
    const auto encoded = fourier_features(rays);
    const auto mixed = features_(features).to(at::kFloat) + rays_(encoded);
    auto result = norm_(mixed);
    if (observe != nullptr) {
        (*observe)("camera/rays", rays.narrow(-1, 0, 2));
        (*observe)("camera/fourier", encoded);
        (*observe)("camera/conv", mixed);
        (*observe)("camera/image_embeddings", result);
    }
    return result;
}

}  // namespace posed::estimation::sam3dbody
