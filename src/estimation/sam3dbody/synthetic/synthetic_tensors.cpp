#include "estimation/sam3dbody/synthetic/synthetic_tensors.h"

#include <array>
#include <cmath>

namespace posed::estimation::sam3dbody {
namespace {

using Shape = std::vector<std::int64_t>;

constexpr std::int64_t width = 1280, token = 1024, attention = 512, vertices = 18439, joints = 127,
                       triangles = 36874, mapped_points = 308, skin_entries = 51337, sparse_entries = 53136;

at::Tensor noise(at::IntArrayRef shape, double deviation, at::Generator generator) {
    const double edge = deviation * std::sqrt(3.0);
    return at::empty(shape).uniform_(-edge, edge, std::move(generator));
}

/// So large that a layer keeps the size of what passes through it.
at::Tensor layer_weights(at::IntArrayRef shape, at::Generator generator) {
    double inputs = 1;
    for (std::size_t i = 1; i < shape.size(); ++i)
        inputs *= static_cast<double>(shape[i]);
    return noise(shape, 0.7 / std::sqrt(inputs), std::move(generator));
}

at::Tensor small_noise(at::IntArrayRef shape, at::Generator generator) {
    return noise(shape, 0.02, std::move(generator));
}

at::Tensor near_one(at::IntArrayRef shape, at::Generator generator) {
    return noise(shape, 0.05, std::move(generator)) + 1;
}

at::Tensor unit_noise(at::IntArrayRef shape, at::Generator generator) {
    return noise(shape, 1, std::move(generator));
}

at::Tensor no_turn(std::int64_t joint_count) {
    return at::tensor({1.0F, 0.0F, 0.0F, 0.0F, 1.0F, 0.0F}).repeat({joint_count});
}

/// A person who stands, limbs anyhow.
at::Tensor standing_pose(at::IntArrayRef shape, at::Generator generator) {
    const auto pairs = at::tensor({0.0F, 1.0F}).repeat({58});
    const auto pose = at::cat({no_turn(24), pairs, at::zeros({6 + 45 + 28 + 108 + 72})});
    return pose.view(shape) + noise(shape, 0.05, std::move(generator));
}

at::Tensor resting_hand(at::IntArrayRef shape, at::Generator generator) {
    std::vector<at::Tensor> parts;
    for (const int freedom : {3, 1, 1, 3, 1, 1, 3, 1, 1, 3, 1, 1, 2, 3, 1, 1})
        parts.push_back(freedom == 3 ? no_turn(1) : at::tensor({0.0F, 1.0F}).repeat({freedom}));
    return at::cat(parts).view(shape) + noise(shape, 0.02, std::move(generator));
}

at::Tensor right_hand_slots(at::IntArrayRef, const at::Generator&) {
    return at::tensor({93, 77, 88, 89, 90, 92, 76, 85, 86, 87, 94, 78, 82, 83,
                       84, 91, 75, 79, 80, 81, 68, 69, 70, 71, 72, 73, 74},
                      at::kLong);
}

/// Two of three key points are joints, the third is the middle of a few vertices.
at::Tensor keypoint_mapping(at::IntArrayRef shape, const at::Generator&) {
    auto mapping = at::zeros(shape);
    constexpr int around = 22;
    for (std::int64_t i = 0; i < shape[0]; ++i) {
        if (i % 3 != 0) {
            mapping[i][vertices + (5 * i + 1) % joints] = 1;
            continue;
        }
        for (std::int64_t k = 0; k < around; ++k)
            mapping[i][(i * 577 + k * 31) % vertices] = 1.0F / around;
    }
    return mapping;
}

at::Tensor faces_of_strip(at::IntArrayRef shape, const at::Generator&) {
    const auto first = at::arange(shape[0], at::kLong);
    return at::stack({first, first + 1, first + 2}, 1).remainder(vertices);
}

class List {
  public:
    using Make = std::function<at::Tensor(at::IntArrayRef, const at::Generator&)>;

    void add(std::string name, Shape shape, Make make, at::ScalarType type = at::kFloat) {
        list_.push_back({std::move(name), std::move(shape), type, std::move(make)});
    }
    void share(std::string name, const std::string& with) {
        for (const auto& tensor : list_)
            if (tensor.name == with) {
                list_.push_back({std::move(name), tensor.shape, tensor.type, tensor.make, with});
                return;
            }
    }
    void linear(const std::string& name, std::int64_t out, std::int64_t in,
                at::ScalarType type = at::kFloat) {
        add(name + ".weight", {out, in}, layer_weights, type);
        add(name + ".bias", {out}, small_noise, type);
    }
    void norm(const std::string& name, std::int64_t length) {
        add(name + ".weight", {length}, near_one);
        add(name + ".bias", {length}, small_noise);
    }
    void perceptron(const std::string& name, std::int64_t in, std::int64_t out) {
        linear(name + ".layers.0.0", token, in);
        linear(name + ".layers.1", out, token);
    }
    std::vector<SyntheticTensor> take() && { return std::move(list_); }

  private:
    std::vector<SyntheticTensor> list_;
};

void add_backbone(List& list) {
    constexpr auto bfloat16 = at::kBFloat16;
    list.add("backbone.pos_embed", {1, 769, width}, small_noise, bfloat16);
    list.add("backbone.patch_embed.proj.weight", {width, 3, 16, 16}, layer_weights, bfloat16);
    list.add("backbone.patch_embed.proj.bias", {width}, small_noise, bfloat16);
    for (int i = 0; i < 32; ++i) {
        const auto name = "backbone.blocks." + std::to_string(i) + ".";
        list.norm(name + "norm1", width);
        list.linear(name + "attn.qkv", 3 * width, width, bfloat16);
        list.linear(name + "attn.proj", width, width, bfloat16);
        list.norm(name + "norm2", width);
        list.linear(name + "mlp.fc1", 4 * width, width, bfloat16);
        list.linear(name + "mlp.fc2", width, 4 * width, bfloat16);
    }
    list.norm("backbone.last_norm", width);
}

void add_decoder(List& list, const std::string& suffix) {
    for (int i = 0; i < 6; ++i) {
        const auto name = "decoder" + suffix + ".layers." + std::to_string(i) + ".";
        list.norm(name + "ln_pe_1", token);
        list.norm(name + "ln_pe_2", width);
        list.norm(name + "ln1", token);
        list.norm(name + "ln2_1", token);
        list.norm(name + "ln2_2", width);
        list.norm(name + "ln3", token);
        for (const auto& [part, context] : {std::pair{"self_attn.", token}, {"cross_attn.", width}}) {
            list.linear(name + part + "q_proj", attention, token);
            list.linear(name + part + "k_proj", attention, context);
            list.linear(name + part + "v_proj", attention, context);
            list.linear(name + part + "proj", token, attention);
        }
        list.linear(name + "ffn.layers.0.0", token, token);
        list.linear(name + "ffn.layers.1", token, token);
    }
    list.norm("decoder" + suffix + ".norm_final", token);
}

void add_pose_head(List& list) {
    const std::string name = "head_pose.";
    list.add(name + "joint_rotation", {joints, 3, 3}, small_noise);
    list.add(name + "scale_mean", {68}, small_noise);
    list.add(name + "scale_comps", {28, 68}, small_noise);
    list.add(name + "faces", {triangles, 3}, faces_of_strip, at::kLong);
    list.add(name + "hand_pose_mean", {54}, resting_hand);
    list.add(name + "hand_pose_comps", {54, 54},
             [](at::IntArrayRef shape, const at::Generator&) { return at::eye(shape[0]); });
    list.add(
        name + "hand_joint_idxs_left", {27},
        [](at::IntArrayRef shape, const at::Generator& generator) {
            return right_hand_slots(shape, generator) + 27;
        },
        at::kLong);
    list.add(name + "hand_joint_idxs_right", {27}, right_hand_slots, at::kLong);
    list.add(name + "keypoint_mapping", {mapped_points, vertices + joints}, keypoint_mapping);
    list.add(name + "right_wrist_coords", {3}, small_noise);
    list.add(name + "root_coords", {3}, small_noise);
    list.add(name + "local_to_world_wrist", {3, 3}, small_noise);
    list.add(
        name + "nonhand_param_idxs", {145},
        [](at::IntArrayRef shape, const at::Generator&) { return at::arange(shape[0], at::kLong); },
        at::kLong);
    for (const char* constant :
         {"joint_rotation", "scale_mean", "scale_comps", "faces", "hand_pose_mean", "hand_pose_comps",
          "hand_joint_idxs_left", "hand_joint_idxs_right", "keypoint_mapping", "right_wrist_coords",
          "root_coords", "local_to_world_wrist", "nonhand_param_idxs"})
        list.share(std::string("head_pose_hand.") + constant, name + constant);
}

/// What the body has, and its hands once more.
void add_branch(List& list, const std::string& suffix) {
    const auto quiet = [](at::IntArrayRef shape, at::Generator generator) {
        return noise(shape, 0.002, std::move(generator));
    };
    for (const auto& [head, numbers] : {std::pair{"head_pose", 519}, {"head_camera", 3}}) {
        const auto name = head + suffix + ".proj.layers.";
        list.linear(name + "0.0", token, token);
        list.add(name + "1.weight", {numbers, token}, quiet);
        list.add(name + "1.bias", {numbers}, quiet);
    }
    list.add("init_pose" + suffix + ".weight", {1, 519}, standing_pose);
    list.add("init_camera" + suffix + ".weight", {1, 3}, [](at::IntArrayRef shape, const at::Generator&) {
        return at::tensor({-0.9F, 0.0F, -1.0F}).view(shape);
    });
    list.linear("init_to_token_mhr" + suffix, token, 525);
    list.linear("prev_to_token_mhr" + suffix, token, 522);
    list.add("ray_cond_emb" + suffix + ".conv.weight", {width, width + 99, 1, 1}, layer_weights);
    list.norm("ray_cond_emb" + suffix + ".norm", width);
    list.add("keypoint_embedding" + suffix + ".weight", {70, token}, unit_noise);
    list.add("keypoint3d_embedding" + suffix + ".weight", {70, token}, unit_noise);
    list.perceptron("keypoint_posemb_linear" + suffix, 2, token);
    list.perceptron("keypoint3d_posemb_linear" + suffix, 3, token);
    list.linear("keypoint_feat_linear" + suffix, token, width);
    add_decoder(list, suffix);
}

void add_prompts(List& list) {
    const std::string name = "prompt_encoder.";
    list.add(name + "pe_layer.positional_encoding_gaussian_matrix", {2, width / 2}, unit_noise);
    list.add("hand_pe_layer.positional_encoding_gaussian_matrix", {2, width / 2}, unit_noise);
    for (int i = 0; i < 70; ++i)
        list.add(name + "point_embeddings." + std::to_string(i) + ".weight", {1, width}, unit_noise);
    for (const char* embedding : {"not_a_point_embed", "invalid_point_embed", "no_mask_embed"})
        list.add(name + embedding + ".weight", {1, width}, small_noise);
    for (const auto& [layer, out, in, side] :
         {std::tuple{0, 4, 1, 2}, {3, 16, 4, 2}, {6, 64, 16, 2}, {9, 256, 64, 2}, {12, 1280, 256, 1}}) {
        const auto convolution = name + "mask_downscaling." + std::to_string(layer);
        list.add(convolution + ".weight", {out, in, side, side}, layer_weights);
        list.add(convolution + ".bias", {out}, small_noise);
        if (layer < 12)
            list.norm(name + "mask_downscaling." + std::to_string(layer + 1), out);
    }
    list.linear("prompt_to_token", token, width);
    list.add("hand_box_embedding.weight", {2, token}, unit_noise);
    list.linear("hand_cls_embed", 2, token);
    for (int i = 0; i < 3; ++i)
        list.linear("bbox_embed.layers." + std::to_string(i), i < 2 ? token : 4, token);
}

/// A tree in which joint i hangs on joint (i - 1) / 2, a child a hand's breadth above its parent.
constexpr std::int64_t parent_of(std::int64_t joint) {
    return (joint - 1) / 2;
}

at::Tensor joint_pairs(at::IntArrayRef shape, const at::Generator&) {
    auto pairs = at::zeros(shape, at::kLong);
    for (std::int64_t joint = 1; joint < joints; ++joint) {
        pairs[0][joint - 1] = joint;
        pairs[1][joint - 1] = parent_of(joint);
    }
    return pairs;
}

at::Tensor joint_offsets(at::IntArrayRef shape, at::Generator generator) {
    auto offsets = noise(shape, 8, std::move(generator));
    offsets.select(1, 1).add_(20);
    offsets[0].zero_();
    return offsets;
}

/// Rotations and scales of nothing, at places in the middle of the body.
at::Tensor no_state(at::IntArrayRef shape, const at::Generator&) {
    auto states = at::zeros(shape);
    states.select(1, 1).fill_(-85);
    states.select(1, 6).fill_(1);
    states.select(1, 7).fill_(1);
    return states;
}

at::Tensor no_quaternion(at::IntArrayRef shape, const at::Generator&) {
    auto quaternions = at::zeros(shape);
    quaternions.select(1, 3).fill_(1);
    return quaternions;
}

/// Three numbers of a joint's rotation each.
at::Tensor parameter_transform(at::IntArrayRef shape, const at::Generator&) {
    auto matrix = at::zeros(shape);
    for (std::int64_t parameter = 3; parameter < 136; ++parameter) {
        const auto joint = 1 + (parameter - 3) / 3 % (joints - 1);
        matrix[joint * 7 + 3 + parameter % 3][parameter] = 1;
    }
    return matrix;
}

at::Tensor body_surface(at::IntArrayRef shape, at::Generator generator) {
    auto places = noise(shape, 12, std::move(generator));
    places.select(1, 1).mul_(4).add_(85);
    return places;
}

std::function<at::Tensor(at::IntArrayRef, const at::Generator&)> modulo(std::int64_t factor,
                                                                        std::int64_t end) {
    return [=](at::IntArrayRef shape, const at::Generator&) {
        return (at::arange(shape[0], at::kLong) * factor).remainder(end);
    };
}

}  // namespace

std::vector<SyntheticTensor> synthetic_checkpoint() {
    List list;
    add_backbone(list);
    add_pose_head(list);
    add_branch(list, "");
    add_branch(list, "_hand");
    add_prompts(list);
    return std::move(list).take();
}

std::vector<SyntheticTensor> synthetic_body() {
    const std::string character = "character_torch.", skinning = character + "linear_blend_skinning.",
                      predictor = "pose_correctives_model.pose_dirs_predictor.";
    List list;
    list.add("face_expressions_model.shape_vectors", {72, vertices, 3}, small_noise);
    list.add(
        predictor + "0.sparse_indices", {2, sparse_entries},
        [](at::IntArrayRef shape, const at::Generator&) {
            const auto entry = at::arange(shape[1], at::kLong);
            return at::stack({entry.remainder(synthetic_hidden), (entry * 7).remainder(synthetic_features)});
        },
        at::kLong);
    list.add(predictor + "0.sparse_weight", {sparse_entries}, small_noise);
    list.add(predictor + "2.weight", {3 * vertices, synthetic_hidden}, small_noise);
    list.add(character + "blend_shape.shape_vectors", {45, vertices, 3}, small_noise);
    list.add(character + "blend_shape.base_shape", {vertices, 3}, body_surface);
    list.add(character + "mesh.faces", {triangles, 3}, faces_of_strip, at::kInt);
    list.add(character + "parameter_transform.parameter_transform", {7 * joints, 249}, parameter_transform);
    list.add(character + "skeleton.joint_translation_offsets", {joints, 3}, joint_offsets);
    list.add(character + "skeleton.joint_prerotations", {joints, 4}, no_quaternion);
    list.add(character + "skeleton.pmi", {2, joints - 1}, joint_pairs, at::kLong);
    list.add(skinning + "inverse_bind_pose", {joints, 8}, no_state);
    list.add(skinning + "skin_indices_flattened", {skin_entries}, modulo(5, joints), at::kInt);
    list.add(skinning + "skin_weights_flattened", {skin_entries},
             [](at::IntArrayRef shape, const at::Generator&) {
                 return at::full(shape, static_cast<double>(vertices) / skin_entries);
             });
    list.add(skinning + "vert_indices_flattened", {skin_entries}, modulo(1, vertices), at::kLong);
    return std::move(list).take();
}

std::vector<std::int64_t> synthetic_levels() {
    std::vector<std::int64_t> levels;
    for (std::int64_t first = 1, size = 2; first < joints; first += size, size *= 2)
        levels.push_back(std::min(size, joints - first));
    return levels;
}

}  // namespace posed::estimation::sam3dbody
