#include "estimation/sam3dbody/decoder.h"

#include <numbers>
#include <string>

#include "estimation/sam3dbody/attention.h"
#include "estimation/sam3dbody/pose_parameters.h"
#include "estimation/sam3dbody/projection.h"

namespace posed::estimation::sam3dbody {
namespace {

constexpr double decoder_epsilon = 1e-6;
constexpr std::int64_t camera_numbers = 3, condition_numbers = 3;
constexpr std::int64_t left_hip = 9, right_hip = 10;
constexpr float nearest_depth = 1e-5F;

}  // namespace

at::Tensor encoded_places(const at::Tensor& matrix, const Profile& profile) {
    const auto side = static_cast<double>(profile.encoding_side);
    const auto x = (at::arange(profile.columns(), matrix.options()) + profile.encoding_column + 0.5) / side;
    const auto y = (at::arange(profile.rows(), matrix.options()) + 0.5) / side;
    const auto grid = at::meshgrid({y, x}, "ij");
    const auto places = at::stack({grid[1], grid[0]}, -1).flatten(0, 1);
    const auto angles = at::matmul(2 * places - 1, matrix) * (2 * std::numbers::pi);
    return at::cat({at::sin(angles), at::cos(angles)}, -1).unsqueeze(0);
}

Decoder::Decoder(WeightReader& reader, const Profile& profile, const Lengths& lengths, at::ScalarType type)
    : profile_(profile), heads_(lengths.heads) {
    const auto width = lengths.width, context = lengths.context;
    for (std::int64_t i = 0; i < lengths.depth; ++i) {
        const auto name = "decoder.layers." + std::to_string(i) + ".";
        layers_.push_back(
            {.augment = reader.layer_norm(name + "ln_pe_1", width, decoder_epsilon),
             .places = reader.layer_norm(name + "ln_pe_2", context, decoder_epsilon),
             .before_self = reader.layer_norm(name + "ln1", width, decoder_epsilon),
             .before_cross = reader.layer_norm(name + "ln2_1", width, decoder_epsilon),
             .context = reader.layer_norm(name + "ln2_2", context, decoder_epsilon),
             .before_perceptron = reader.layer_norm(name + "ln3", width, decoder_epsilon),
             .self = read_attention(reader, name + "self_attn.", width, lengths, type),
             .cross = read_attention(reader, name + "cross_attn.", context, lengths, type),
             .expand = reader.linear(name + "ffn.layers.0.0", lengths.perceptron, width, type),
             .contract = reader.linear(name + "ffn.layers.1", width, lengths.perceptron, type)});
    }
    last_ = reader.layer_norm("decoder.norm_final", width, decoder_epsilon);
    read_tokens(reader, lengths);
}

Decoder::Attention Decoder::read_attention(WeightReader& reader, const std::string& name,
                                           std::int64_t context, const Lengths& lengths,
                                           at::ScalarType type) const {
    return {.query = reader.linear(name + "q_proj", lengths.attention, lengths.width, type),
            .key = reader.linear(name + "k_proj", lengths.attention, context, type),
            .value = reader.linear(name + "v_proj", lengths.attention, context, type),
            .out = reader.linear(name + "proj", lengths.width, lengths.attention, type)};
}

void Decoder::read_tokens(WeightReader& reader, const Lengths& lengths) {
    const auto width = lengths.width, context = lengths.context;
    constexpr auto estimate = pose_numbers + camera_numbers;
    initial_pose_ = reader.take("init_pose.weight", {1, pose_numbers});
    initial_camera_ = reader.take("init_camera.weight", {1, camera_numbers});
    pose_to_token_ = reader.linear("init_to_token_mhr", width, estimate + condition_numbers);
    previous_to_token_ = reader.linear("prev_to_token_mhr", width, estimate);
    points_2d_ = reader.take("keypoint_embedding.weight", {keypoint_count, width});
    points_3d_ = reader.take("keypoint3d_embedding.weight", {keypoint_count, width});
    place_2d_ = reader.perceptron("keypoint_posemb_linear", 2, width, width);
    place_3d_ = reader.perceptron("keypoint3d_posemb_linear", 3, width, width);
    features_ = reader.linear("keypoint_feat_linear", width, context);
    encoding_ = reader.take("prompt_encoder.pe_layer.positional_encoding_gaussian_matrix", {2, context / 2});
    if (!profile_.prompted)
        return;
    prompt_ = reader.take("prompt_encoder.invalid_point_embed.weight", {1, context});
    prompt_to_token_ = reader.linear("prompt_to_token", width, context);
    hand_boxes_ = reader.take("hand_box_embedding.weight", {2, width});
}

void Decoder::prepare() {
    places_ = encoded_places(encoding_, profile_);
    for (const auto& layer : layers_)
        places_by_layer_.push_back(layer.places(places_));
}

Decoder::Tokens Decoder::first_tokens(const Batch& batch, const Observer* observe) const {
    const auto crops = batch.size.size(0), width = points_2d_.size(1);
    const auto estimate = at::cat({initial_pose_, initial_camera_}, 1).expand({crops, -1});
    const auto condition = crop_condition(batch);
    const auto input = at::cat({condition, estimate}, 1);
    const auto pose = pose_to_token_(input).unsqueeze(1),
               previous = previous_to_token_(estimate).unsqueeze(1);
    std::vector<at::Tensor> values{pose, previous}, augment{at::zeros_like(pose), previous};
    const auto for_all = [&](const at::Tensor& tokens) {
        return tokens.unsqueeze(0).expand({crops, -1, -1});
    };
    if (profile_.prompted) {
        const auto prompt = for_all(prompt_to_token_(prompt_));
        values.insert(values.end(), {prompt, for_all(hand_boxes_)});
        augment.insert(augment.end(), {prompt, at::zeros({crops, 2, width}, pose.options())});
        if (observe != nullptr)
            (*observe)("decoder/prompt_token", prompt);
    }
    values.insert(values.end(), {for_all(points_2d_), for_all(points_3d_)});
    augment.push_back(at::zeros({crops, 2 * keypoint_count, width}, pose.options()));
    if (observe != nullptr) {
        (*observe)("decoder/condition", condition);
        (*observe)("decoder/init_input", input.unsqueeze(1));
        (*observe)("decoder/init_token", pose);
        (*observe)("decoder/prev_token", previous);
        (*observe)("decoder/image_pe", places_);
    }
    return {at::cat(values, 1), at::cat(augment, 1)};
}

at::Tensor Decoder::attend(const Attention& of, const at::Tensor& query, const at::Tensor& key,
                           const at::Tensor& value) const {
    return of.out(attention(of.query(query), of.key(key), of.value(value), heads_)).to(at::kFloat);
}

/// `pose_only`: of the result only the pose token, which is all that is read of the last layer.
at::Tensor Decoder::run_layer(std::size_t index, const Tokens& tokens, const at::Tensor& context,
                              bool pose_only, const Observer* observe) const {
    const auto& layer = layers_[index];
    const auto wanted = [&](const at::Tensor& x) { return pose_only ? x.narrow(1, 0, 1) : x; };
    const auto augment = layer.augment(tokens.augment);
    const auto before_self = layer.before_self(tokens.values);
    const auto placed = index == 0 ? before_self : before_self + augment;
    const auto self = attend(layer.self, wanted(placed), placed, before_self);
    auto x = wanted(tokens.values) + self;
    const auto features = layer.context(context);
    const auto cross = attend(layer.cross, layer.before_cross(x) + wanted(augment),
                              features + places_by_layer_[index], features);
    x = x + cross;
    x = x + layer.contract(at::gelu(layer.expand(layer.before_perceptron(x)))).to(at::kFloat);
    if (observe != nullptr) {
        const auto name = "decoder/layer" + std::to_string(index);
        (*observe)(name + "/self_attn", self);
        (*observe)(name + "/cross_attn", cross);
        (*observe)(name + "/tokens_out", x);
    }
    return x;
}

void Decoder::tell(Tokens& tokens, const Feedback& feedback, const at::Tensor& map, const Observer* observe,
                   const std::string& name) const {
    const auto fraction = feedback.in_crop + 0.5;
    const auto outside = (fraction < 0).logical_or(fraction > 1).any(2);
    const auto invalid = outside.logical_or(feedback.depth < nearest_depth).unsqueeze(2);
    const auto places = map_places(feedback.in_crop);
    const auto features = sampled(map, places);
    const auto first = profile_.first_keypoint_token();
    tokens.augment.narrow(1, first, keypoint_count)
        .copy_(place_2d_(feedback.in_crop).masked_fill(invalid, 0));
    tokens.values.narrow(1, first, keypoint_count).add_(features_(features.masked_fill(invalid, 0)));
    const auto& points = feedback.points_3d;
    const auto hips = (points.narrow(1, left_hip, 1) + points.narrow(1, right_hip, 1)) / 2;
    tokens.augment.narrow(1, first + keypoint_count, keypoint_count).copy_(place_3d_(points - hips));
    if (observe != nullptr) {
        (*observe)(name + "/invalid", invalid.squeeze(2));
        (*observe)(name + "/sample_points", places);
        (*observe)(name + "/sampled_features", features);
    }
}

void Decoder::operator()(const at::Tensor& context, const Batch& batch, const Interpret& interpret,
                         const Observer* observe) const {
    auto tokens = first_tokens(batch, observe);
    const auto map = context.transpose(1, 2).contiguous().view(
        {context.size(0), context.size(2), profile_.rows(), profile_.columns()});
    for (std::size_t i = 0; i < layers_.size(); ++i) {
        const auto name = "decoder/layer" + std::to_string(i);
        const bool last = i + 1 == layers_.size();
        if (observe != nullptr) {
            (*observe)(name + "/tokens_in", tokens.values);
            (*observe)(name + "/augment_in", tokens.augment);
        }
        tokens.values = run_layer(i, tokens, context, last && observe == nullptr, observe);
        const auto normed = last_(observe != nullptr ? tokens.values : tokens.values.narrow(1, 0, 1));
        if (observe != nullptr)
            (*observe)(name + "/normed", normed);
        const auto feedback = interpret(normed.select(1, 0), i, last);
        if (observe != nullptr && !last)
            (*observe)(name + "/kps2d_crop", feedback.in_crop);
        if (!last)
            tell(tokens, feedback, map, observe, name);
    }
}

}  // namespace posed::estimation::sam3dbody
