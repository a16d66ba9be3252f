#include "estimation/sam3dbody/body_model.h"

#include <string>

#include "estimation/sam3dbody/pose_parameters.h"

namespace posed::estimation::sam3dbody {
namespace {

constexpr std::int64_t identity_count = 45, face_count = 72, numbers_per_joint = 7;
constexpr std::int64_t still_joints = 2;  ///< at the root; they have no correctives
constexpr double ln2 = 0.6931471824645996;

at::Tensor part(const at::Tensor& x, std::int64_t begin, std::int64_t length) {
    return x.narrow(-1, begin, length);
}

at::Tensor unit(const at::Tensor& q) {
    return q / at::linalg_vector_norm(q, 2, at::IntArrayRef{-1}, true);
}

at::Tensor quaternion_product(const at::Tensor& a, const at::Tensor& b) {
    const auto av = part(a, 0, 3), aw = part(a, 3, 1), bv = part(b, 0, 3), bw = part(b, 3, 1);
    return at::cat({aw * bv + bw * av + at::linalg_cross(av, bv, -1), aw * bw - (av * bv).sum(-1, true)}, -1);
}

at::Tensor rotate(const at::Tensor& q, const at::Tensor& p) {
    const auto axis = part(q, 0, 3);
    const auto c = at::linalg_cross(axis, p, -1);
    return p + 2 * (part(q, 3, 1) * c + at::linalg_cross(axis, c, -1));
}

/// State b as seen from where state a is.
at::Tensor composed(const at::Tensor& a, const at::Tensor& b) {
    const auto qa = unit(part(a, 3, 4)), qb = unit(part(b, 3, 4)), scale = part(a, 7, 1);
    return at::cat({part(a, 0, 3) + scale * rotate(qa, part(b, 0, 3)), quaternion_product(qa, qb),
                    scale * part(b, 7, 1)},
                   -1);
}

struct Angles {
    at::Tensor cx, cy, cz, sx, sy, sz;

    explicit Angles(const at::Tensor& angles) {
        const auto cosines = at::cos(angles), sines = at::sin(angles);
        cx = cosines.select(-1, 0), cy = cosines.select(-1, 1), cz = cosines.select(-1, 2);
        sx = sines.select(-1, 0), sy = sines.select(-1, 1), sz = sines.select(-1, 2);
    }
};

/// The quaternion of Rz Ry Rx.
at::Tensor quaternion_from(const at::Tensor& angles) {
    const Angles half(angles * 0.5);
    const auto& [cx, cy, cz, sx, sy, sz] = half;
    return at::stack({sx * cy * cz - cx * sy * sz, cx * sy * cz + sx * cy * sz, cx * cy * sz - sx * sy * cz,
                      cx * cy * cz + sx * sy * sz},
                     -1);
}

/// By how much the first two columns of each joint's rotation differ from those of none.
at::Tensor pose_features(const at::Tensor& joint_parameters) {
    const auto moving = joint_parameters.slice(1, still_joints).narrow(2, 3, 3);
    const Angles angles(moving);
    const auto& [cx, cy, cz, sx, sy, sz] = angles;
    return at::stack({cy * cz - 1, cy * sz, -sy, sx * sy * cz - cx * sz, cx * cz + sx * sy * sz - 1, sx * cy},
                     -1)
        .flatten(1);
}

bool leads_below(const at::Tensor& indices, std::int64_t end) {
    return indices.numel() == 0 ||
           (indices.min().item<std::int64_t>() >= 0 && indices.max().item<std::int64_t>() < end);
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
    TRY(body.read_levels(file));
    body.set_skin(body.skin_);
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
    skin_ = {reader.take(skinning + "vert_indices_flattened", {-1}, at::kLong),
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

Result<> BodyModel::check(const TensorFile& file) const {
    if (skin_.vertices.sizes() != skin_.joints.sizes() || skin_.vertices.sizes() != skin_.weights.sizes() ||
        !leads_below(skin_.vertices, vertex_count()) || !leads_below(skin_.joints, joint_count()))
        return wrong_body(file, "its skinning contradicts itself");
    if (joint_count() <= still_joints || !leads_below(stored_levels_, joint_count()))
        return wrong_body(file, "its joints contradict themselves");
    return {};
}

Result<> BodyModel::read_levels(const TensorFile& file) {
    const auto sizes = file.numbers().find("character_torch.skeleton._pmi_buffer_sizes");
    if (sizes == file.numbers().end())
        return wrong_body(file, "character_torch.skeleton._pmi_buffer_sizes is missing");
    std::int64_t begin = 0;
    for (const auto size : sizes->second) {
        if (size < 0 || size > stored_levels_.size(1) - begin)
            return wrong_body(file, "character_torch.skeleton._pmi_buffer_sizes leads outside pmi");
        const auto level = stored_levels_.narrow(1, begin, size);
        levels_.push_back({level[0].contiguous(), level[1].contiguous()});
        begin += size;
    }
    identity_vectors_ = identity_vectors_.flatten(1);
    face_vectors_ = face_vectors_.flatten(1);
    parameter_transform_ = parameter_transform_.narrow(1, 0, model_parameter_count).contiguous();
    return {};
}

/// As many places for each vertex as the one with most influences needs: sums then have a fixed order.
void BodyModel::set_skin(const SkinEntries& entries) {
    skin_ = entries;
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
    skin_joints_ = padded_joints.flatten().to(base_.device());
    skin_weights_ = padded_weights.unsqueeze(2).to(base_.device());
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
    const auto places = place.index_select(0, skin_.vertices);
    const auto kept = at::nonzero(places >= 0).flatten();
    body.set_skin({places.index_select(0, kept), skin_.joints.index_select(0, kept),
                   skin_.weights.index_select(0, kept)});
    return body;
}

at::Tensor BodyModel::world_states(const at::Tensor& local) const {
    auto states = local.to(at::kDouble);
    for (const auto& [children, ancestors] : levels_) {
        const auto moved = composed(states.index_select(1, ancestors), states.index_select(1, children));
        states = states.index_copy(1, children, moved);
    }
    return states.to(at::kFloat);
}

at::Tensor BodyModel::skinned(const at::Tensor& states, const at::Tensor& rest) const {
    auto moves = composed(states, inverse_bind_.unsqueeze(0));
    moves = at::cat({part(moves, 0, 3), unit(part(moves, 3, 4)), part(moves, 7, 1)}, -1);
    const auto batch = rest.size(0), influences = skin_weights_.size(1);
    const auto by_vertex = moves.index_select(1, skin_joints_).view({batch, rest.size(1), influences, 8});
    const auto moved =
        part(by_vertex, 0, 3) + rotate(part(by_vertex, 3, 4), (part(by_vertex, 7, 1) * rest.unsqueeze(2)));
    return (moved * skin_weights_).sum(2);
}

BodyState BodyModel::operator()(const at::Tensor& identity, const at::Tensor& parameters,
                                const at::Tensor& face, const Observer* observe) const {
    const auto batch = parameters.size(0);
    const auto joints = at::matmul(parameters, parameter_transform_.t()).view({batch, -1, numbers_per_joint});
    const auto local = at::cat({part(joints, 0, 3) + translation_offsets_,
                                quaternion_product(prerotations_.unsqueeze(0).expand({batch, -1, -1}),
                                                   quaternion_from(part(joints, 3, 3))),
                                at::exp(ln2 * part(joints, 6, 1))},
                               -1);
    const auto states = world_states(local);
    const auto features = pose_features(joints);
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
        (*observe)("mhr/verts_without_correctives", skinned(states, rest));
    }
    rest = rest + offsets;
    if (observe != nullptr)
        (*observe)("mhr/rest_vertices", rest);
    return {skinned(states, rest), states};
}

}  // namespace posed::estimation::sam3dbody
