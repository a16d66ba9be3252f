#include "estimation/sam3dbody/backbone.h"

#include <string>

#include "estimation/sam3dbody/attention.h"

namespace posed::estimation::sam3dbody {
namespace {

constexpr double backbone_epsilon = 1e-5;
constexpr std::int64_t trained_rows = 32, trained_columns = 24;

}  // namespace

Colours::Colours(at::Device device)
    : mean(at::tensor({0.485F, 0.456F, 0.406F}).view({1, 3, 1, 1}).to(device)),
      deviation(at::tensor({0.229F, 0.224F, 0.225F}).view({1, 3, 1, 1}).to(device)) {}

at::Tensor Colours::normalised(const at::Tensor& pixels) const {
    return (pixels - mean) / deviation;
}

at::Tensor resize_places(const at::Tensor& grid, std::int64_t rows, std::int64_t columns) {
    return at::upsample_bicubic2d(grid, {rows, columns}, false);
}

Backbone::Backbone(WeightReader& reader, const Profile& profile, std::int64_t width, std::int64_t depth,
                   std::int64_t heads, at::ScalarType type)
    : profile_(profile), heads_(heads) {
    patches_ = {reader.take("backbone.patch_embed.proj.weight", {width, 3, patch_side, patch_side}, type),
                reader.take("backbone.patch_embed.proj.bias", {width}, type)};
    stored_places_ =
        reader.take("backbone.pos_embed", {1, 1 + trained_rows * trained_columns, width}, at::kFloat);
    for (std::int64_t i = 0; i < depth; ++i) {
        const auto name = "backbone.blocks." + std::to_string(i) + ".";
        blocks_.push_back({reader.layer_norm(name + "norm1", width, backbone_epsilon),
                           reader.linear(name + "attn.qkv", 3 * width, width, type),
                           reader.linear(name + "attn.proj", width, width, type),
                           reader.layer_norm(name + "norm2", width, backbone_epsilon),
                           reader.linear(name + "mlp.fc1", 4 * width, width, type),
                           reader.linear(name + "mlp.fc2", width, 4 * width, type)});
    }
    last_ = reader.layer_norm("backbone.last_norm", width, backbone_epsilon);
}

void Backbone::prepare() {
    colours_.emplace(stored_places_.device());
    auto grid = stored_places_.slice(1, 1);
    if (profile_.rows() != trained_rows) {
        const auto width = grid.size(2);
        const auto map = grid.transpose(1, 2).reshape({1, width, trained_rows, trained_columns});
        grid = resize_places(map, profile_.rows(), profile_.columns()).flatten(2).transpose(1, 2);
    }
    places_ = (grid + stored_places_.narrow(1, 0, 1)).contiguous();
}

at::Tensor Backbone::attend(const Block& block, const at::Tensor& normalised) const {
    const auto parts = block.query_key_value(normalised).chunk(3, -1);
    return block.attention_out(attention(parts[0], parts[1], parts[2], heads_));
}

at::Tensor Backbone::operator()(const at::Tensor& pixels, const Observer* observe) const {
    const auto stored = patches_.weight.scalar_type(), used = product_type(stored, pixels.device());
    const auto picture = colours_->normalised(pixels).to(stored).to(used);
    auto x = at::conv2d(picture, patches_.weight.to(used), patches_.bias.to(used), patch_side,
                        profile_.patch_padding)
                 .flatten(2)
                 .transpose(1, 2)
                 .to(at::kFloat);
    if (observe != nullptr)
        (*observe)("backbone/patch_tokens", x);
    x = (x + places_).contiguous();
    if (observe != nullptr)
        (*observe)("backbone/tokens_plus_pos", x);
    auto normalised = blocks_.front().before_attention(x);
    for (std::size_t i = 0; i < blocks_.size(); ++i) {
        const auto& block = blocks_[i];
        const auto name = "backbone/block" + std::to_string(i);
        const auto attended = attend(block, normalised);
        if (observe != nullptr)
            (*observe)(name + "_attn", attended);
        const auto between = block.before_perceptron.of_sum(x, attended);
        const auto change = block.contract(at::gelu(block.expand(between)));
        if (i + 1 < blocks_.size())
            normalised = blocks_[i + 1].before_attention.of_sum(x, change);
        else
            x.add_(change);
        if (observe != nullptr)
            (*observe)(name, x);
    }
    x = last_(x);
    if (observe != nullptr)
        (*observe)("backbone/out", x);
    return x;
}

}  // namespace posed::estimation::sam3dbody
