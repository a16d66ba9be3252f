#include "estimation/sam3dbody/body_model.h"

#include <algorithm>
#include <string>

#include "estimation/sam3dbody/pose_parameters.h"

namespace posed::estimation::sam3dbody {
namespace {

constexpr std::int64_t identity_count = 45, face_count = 72;

bool leads_below(const at::Tensor& indices, std::int64_t end) {
    return indices.numel() == 0 ||
           (indices.min().item<std::int64_t>() >= 0 && indices.max().item<std::int64_t>() < end);
}

bool has_repetitions(std::vector<std::int64_t> numbers) {
    std::ranges::sort(numbers);
    return std::ranges::adjacent_find(numbers) != numbers.end();
}

Error wrong_body(const TensorFile& file, const std::string& what) {
    return fail(Code::corrupt_model, file.name() + ": " + what, "download the file again");
}

}  // namespace

Result<BodyModel> BodyModel::load(const TensorFile& file, at::Device device) {
    WeightReader reader(file, device);
    BodyModel body;
    body.read(reader);
    TRY(body.read_correctives(file, reader));
    TRY(body.check(file));
    TRY(body.read_paths(file));
    body.arrange();
    return body;
}

void BodyModel::read(WeightReader& reader) {
    const std::string character = "character_torch.", skinning = character + "linear_blend_skinning.";
    base_ = reader.take(character + "blend_shape.base_shape", {-1, 3});
    const auto vertices = base_.defined() ? base_.size(0) : -1;
    identity_vectors_ = reader.take(character + "blend_shape.shape_vectors", {identity_count, vertices, 3});
    face_vectors_ = reader.take("face_expressions_model.shape_vectors", {face_count, vertices, 3});
    prerotations_ = reader.take(character + "skeleton.joint_prerotations", {-1, 4});
    const auto joints = prerotations_.defined() ? prerotations_.size(0) : -1;
    translation_offsets_ = reader.take(character + "skeleton.joint_translation_offsets", {joints, 3});
    stored_levels_ = reader.take(character + "skeleton.pmi", {2, -1}, at::kLong);
    parameter_transform_ =
        reader.take(character + "parameter_transform.parameter_transform",
                    {joints < 0 ? -1 : joints * numbers_per_joint, model_parameter_count + identity_count});
    inverse_bind_ = reader.take(skinning + "inverse_bind_pose", {joints, 8});
    skin_entries_ = {reader.take(skinning + "vert_indices_flattened", {-1}, at::kLong),
                     reader.take(skinning + "skin_indices_flattened", {-1}, at::kLong),
                     reader.take(skinning + "skin_weights_flattened", {-1})};
}

/// The first matrix is stored sparse and used dense: 9 MB, a thousandth of the second one's work.
Result<> BodyModel::read_correctives(const TensorFile& file, WeightReader& reader) {
    const std::string predictor = "pose_correctives_model.pose_dirs_predictor.";
    const auto indices = reader.take(predictor + "0.sparse_indices", {2, -1}, at::kLong);
    const auto values = reader.take(predictor + "0.sparse_weight", {-1});
    corrective_out_ = reader.take(predictor + "2.weight", {-1, -1});
    TRY(reader.check());
    const auto shape = file.numbers().find(predictor + "0.sparse_shape");
    const std::int64_t inputs = 6 * (joint_count() - still_joints), hidden = corrective_out_.size(1);
    if (shape != file.numbers().end() && shape->second != std::vector<std::int64_t>{hidden, inputs})
        return wrong_body(file,
                          "its pose correctives do not fit its " + std::to_string(joint_count()) + " joints");
    if (indices.size(1) != values.size(0) || !leads_below(indices[0], hidden) ||
        !leads_below(indices[1], inputs) || corrective_out_.size(0) != 3 * vertex_count())
        return wrong_body(file, "its pose correctives contradict themselves");
    corrective_in_ = at::zeros({hidden, inputs}, values.options());
    corrective_in_.index_put_({indices[0], indices[1]}, values);
    return {};
}

void BodyModel::arrange() {
    identity_vectors_ = identity_vectors_.flatten(1);
    face_vectors_ = face_vectors_.flatten(1);
    parameter_transform_ = parameter_transform_.narrow(1, 0, model_parameter_count).contiguous();
    set_skin(skin_entries_);
}

Result<> BodyModel::check(const TensorFile& file) const {
    const auto& [vertices, joints, weights] = skin_entries_;
    if (vertices.sizes() != joints.sizes() || vertices.sizes() != weights.sizes() ||
        !leads_below(vertices, vertex_count()) || !leads_below(joints, joint_count()))
        return wrong_body(file, "its skinning contradicts itself");
    if (joint_count() <= still_joints || !leads_below(stored_levels_, joint_count()))
        return wrong_body(file, "its joints contradict themselves");
    return {};
}

/// The file says in levels which joint's product with which other follows: prefix products. Followed through
/// they are each joint's path from the root.
Result<> BodyModel::read_paths(const TensorFile& file) {
    const auto sizes = file.numbers().find("character_torch.skeleton._pmi_buffer_sizes");
    if (sizes == file.numbers().end())
        return wrong_body(file, "character_torch.skeleton._pmi_buffer_sizes is missing");
    const auto stored = stored_levels_.cpu().contiguous();
    const auto *child = stored.data_ptr<std::int64_t>(), *ancestor = child + stored.size(1);
    std::vector<std::vector<std::int64_t>> paths(static_cast<std::size_t>(joint_count()));
    for (std::size_t joint = 0; joint < paths.size(); ++joint)
        paths[joint] = {static_cast<std::int64_t>(joint)};
    std::int64_t i = 0;
    for (const auto size : sizes->second) {
        if (size < 0 || size > stored.size(1) - i)
            return wrong_body(file, "character_torch.skeleton._pmi_buffer_sizes leads outside pmi");
        const auto before = paths;
        for (const auto end = i + size; i < end; ++i) {
            auto& path = paths[static_cast<std::size_t>(child[i])];
            path = before[static_cast<std::size_t>(ancestor[i])];
            const auto& rest = before[static_cast<std::size_t>(child[i])];
            path.insert(path.end(), rest.begin(), rest.end());
            if (has_repetitions(path))
                return wrong_body(file, "its joints follow each other in a circle");
        }
    }
    std::vector<std::int64_t> begins{0}, joints;
    for (const auto& path : paths) {
        joints.insert(joints.end(), path.begin(), path.end());
        begins.push_back(static_cast<std::int64_t>(joints.size()));
    }
    paths_ = {at::tensor(begins, at::kLong).to(base_.device()),
              at::tensor(joints, at::kLong).to(base_.device())};
    return {};
}

/// As many places for each vertex as the one with most influences needs: sums then have a fixed order.
void BodyModel::set_skin(const SkinEntries& entries) {
    skin_entries_ = entries;
    const auto vertices = entries.vertices.cpu(), joints = entries.joints.cpu(),
               weights = entries.weights.cpu();
    const auto count = vertices.numel();
    std::vector<std::int64_t> used(static_cast<std::size_t>(vertex_count()));
    std::int64_t most = 1;
    const auto* vertex = vertices.data_ptr<std::int64_t>();
    for (std::int64_t i = 0; i < count; ++i)
        most = std::max(most, ++used[static_cast<std::size_t>(vertex[i])]);
    auto padded_joints = at::zeros({vertex_count(), most}, at::kLong);
    auto padded_weights = at::zeros({vertex_count(), most});
    std::fill(used.begin(), used.end(), 0);
    for (std::int64_t i = 0; i < count; ++i) {
        const auto place = vertex[i] * most + used[static_cast<std::size_t>(vertex[i])]++;
        padded_joints.data_ptr<std::int64_t>()[place] = joints.data_ptr<std::int64_t>()[i];
        padded_weights.data_ptr<float>()[place] = weights.data_ptr<float>()[i];
    }
    skin_ = {padded_joints.to(base_.device()), padded_weights.to(base_.device())};
}

BodyModel BodyModel::restricted_to(const at::Tensor& vertices) const {
    BodyModel body = *this;
    const auto count = vertices.numel();
    const auto rows = (vertices.unsqueeze(1) * 3 + at::arange(3, vertices.options())).flatten();
    body.base_ = base_.index_select(0, vertices);
    body.identity_vectors_ = identity_vectors_.index_select(1, rows);
    body.face_vectors_.reset();
    body.corrective_out_ = corrective_out_.index_select(0, rows);
    auto place = at::full({vertex_count()}, -1, vertices.options());
    place.index_copy_(0, vertices, at::arange(count, vertices.options()));
    const auto places = place.index_select(0, skin_entries_.vertices);
    const auto kept = at::nonzero(places >= 0).flatten();
    body.set_skin({places.index_select(0, kept), skin_entries_.joints.index_select(0, kept),
                   skin_entries_.weights.index_select(0, kept)});
    return body;
}

BodyState BodyModel::operator()(const at::Tensor& identity, const at::Tensor& parameters,
                                const at::Tensor& face, const Observer* observe) const {
    const auto batch = parameters.size(0);
    const auto joints = at::matmul(parameters, parameter_transform_.t()).view({batch, -1, numbers_per_joint});
    const auto [local, features] = local_joints(joints, translation_offsets_, prerotations_);
    const auto states = world_joints(local, paths_);
    const auto hidden = at::relu(at::matmul(features, corrective_in_.t()));
    const auto offsets = at::matmul(hidden, corrective_out_.t()).view({batch, -1, 3});
    auto rest = base_ + at::matmul(identity, identity_vectors_).view({batch, -1, 3});
    if (face.defined())
        rest = rest + at::matmul(face, face_vectors_).view({batch, -1, 3});
    if (observe != nullptr) {
        (*observe)("mhr/joint_params", joints.flatten(1));
        (*observe)("mhr/local_state", local);
        (*observe)("mhr/pose_features", features);
        (*observe)("mhr/pose_offsets", offsets);
        (*observe)("mhr/verts_without_correctives", skinned(states, inverse_bind_, rest, skin_));
    }
    rest = rest + offsets;
    if (observe != nullptr)
        (*observe)("mhr/rest_vertices", rest);
    return {skinned(states, inverse_bind_, rest, skin_), states};
}

}  // namespace posed::estimation::sam3dbody
