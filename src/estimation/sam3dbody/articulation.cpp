#include "estimation/sam3dbody/articulation.h"

#include "estimation/sam3dbody/elements.h"

namespace posed::estimation::sam3dbody {
namespace {

constexpr std::int64_t numbers_per_state = 8, features_per_joint = 6;

template <class Number>
struct Quaternion {
    Vector<Number> axis;
    Number w{};
};

template <class Number>
struct State {
    Vector<Number> translation;
    Quaternion<Number> rotation;
    Number scale{};
};

template <class Number>
C10_HOST_DEVICE Quaternion<Number> unit(const Quaternion<Number>& q) {
    const Number length = std::sqrt(dot(q.axis, q.axis) + q.w * q.w);
    return {{q.axis.x / length, q.axis.y / length, q.axis.z / length}, q.w / length};
}

template <class Number>
C10_HOST_DEVICE Quaternion<Number> operator*(const Quaternion<Number>& a, const Quaternion<Number>& b) {
    return {a.w * b.axis + b.w * a.axis + cross(a.axis, b.axis), a.w * b.w - dot(a.axis, b.axis)};
}

template <class Number>
C10_HOST_DEVICE Vector<Number> rotated(const Quaternion<Number>& q, const Vector<Number>& p) {
    const auto c = cross(q.axis, p);
    return p + Number{2} * (q.w * c + cross(q.axis, c));
}

/// State b as seen from where state a is.
template <class Number>
C10_HOST_DEVICE State<Number> composed(const State<Number>& a, const State<Number>& b) {
    const auto qa = unit(a.rotation), qb = unit(b.rotation);
    return {a.translation + a.scale * rotated(qa, b.translation), qa * qb, a.scale * b.scale};
}

template <class Number>
C10_HOST_DEVICE State<Number> state_at(const float* from) {
    return {{from[0], from[1], from[2]}, {{from[3], from[4], from[5]}, from[6]}, from[7]};
}

template <class Number>
C10_HOST_DEVICE void store(const State<Number>& state, float* to) {
    const auto& [translation, rotation, scale] = state;
    const Number numbers[] = {translation.x,   translation.y,   translation.z, rotation.axis.x,
                              rotation.axis.y, rotation.axis.z, rotation.w,    scale};
    for (int i = 0; i < numbers_per_state; ++i)
        to[i] = static_cast<float>(numbers[i]);
}

struct Angles {
    Vector<float> c, s;

    C10_HOST_DEVICE explicit Angles(const Vector<float>& angles)
        : c{std::cos(angles.x), std::cos(angles.y), std::cos(angles.z)},
          s{std::sin(angles.x), std::sin(angles.y), std::sin(angles.z)} {}

    /// Of the rotation Rz Ry Rx by twice these angles.
    [[nodiscard]] C10_HOST_DEVICE Quaternion<float> quaternion() const {
        return {{s.x * c.y * c.z - c.x * s.y * s.z, c.x * s.y * c.z + s.x * c.y * s.z,
                 c.x * c.y * s.z - s.x * s.y * c.z},
                c.x * c.y * c.z + s.x * s.y * s.z};
    }

    C10_HOST_DEVICE void store_features(float* to) const {
        to[0] = c.y * c.z - 1, to[1] = c.y * s.z, to[2] = -s.y;
        to[3] = s.x * s.y * c.z - c.x * s.z, to[4] = c.x * c.z + s.x * s.y * s.z - 1, to[5] = s.x * c.y;
    }
};

struct EachLocalJoint {
    const float *parameters, *offsets, *prerotations;
    float *states, *features;
    std::int64_t joints;

    C10_HOST_DEVICE void operator()(std::int64_t i) const {
        constexpr float ln2 = 0.6931471824645996F;
        const auto joint = i % joints, moving = joint - still_joints;
        const auto *of = parameters + i * numbers_per_joint, *offset = offsets + joint * 3,
                   *before = prerotations + joint * 4;
        const Vector<float> angles{of[3], of[4], of[5]};
        const Quaternion<float> prerotation{{before[0], before[1], before[2]}, before[3]};
        store<float>({{of[0] + offset[0], of[1] + offset[1], of[2] + offset[2]},
                      prerotation * Angles(0.5F * angles).quaternion(),
                      std::exp(ln2 * of[6])},
                     states + i * numbers_per_state);
        if (moving >= 0)
            Angles(angles).store_features(features + (i / joints * (joints - still_joints) + moving) *
                                                         features_per_joint);
    }
};

struct EachWorldJoint {
    const float* local;
    const std::int64_t *begins, *path;
    float* world;
    std::int64_t joints;

    C10_HOST_DEVICE void operator()(std::int64_t i) const {
        const auto joint = i % joints;
        const auto* body = local + (i - joint) * numbers_per_state;
        auto place = begins[joint];
        auto state = state_at<double>(body + path[place] * numbers_per_state);
        for (++place; place < begins[joint + 1]; ++place)
            state = composed(state, state_at<double>(body + path[place] * numbers_per_state));
        store(state, world + i * numbers_per_state);
    }
};

struct EachMove {
    const float *states, *inverse_bind;
    float* moves;
    std::int64_t joints;

    C10_HOST_DEVICE void operator()(std::int64_t i) const {
        auto move = composed(state_at<float>(states + i * numbers_per_state),
                             state_at<float>(inverse_bind + i % joints * numbers_per_state));
        move.rotation = unit(move.rotation);
        store(move, moves + i * numbers_per_state);
    }
};

struct EachVertex {
    const float *moves, *rest;
    const std::int64_t* skin_joints;
    const float* weights;
    float* vertices;
    std::int64_t joints, count, influences;

    C10_HOST_DEVICE void operator()(std::int64_t i) const {
        const auto* body = moves + i / count * joints * numbers_per_state;
        const auto first = i % count * influences;
        const Vector<float> at_rest{rest[3 * i], rest[3 * i + 1], rest[3 * i + 2]};
        Vector<float> sum;
        for (auto k = first; k < first + influences; ++k) {
            const auto move = state_at<float>(body + skin_joints[k] * numbers_per_state);
            sum = sum + weights[k] * (move.translation + rotated(move.rotation, move.scale * at_rest));
        }
        vertices[3 * i] = sum.x, vertices[3 * i + 1] = sum.y, vertices[3 * i + 2] = sum.z;
    }
};

}  // namespace

LocalJoints local_joints(const at::Tensor& parameters, const at::Tensor& offsets,
                         const at::Tensor& prerotations) {
    const auto batch = parameters.size(0), joints = parameters.size(1);
    LocalJoints local{at::empty({batch, joints, numbers_per_state}, parameters.options()),
                      at::empty({batch, (joints - still_joints) * features_per_joint}, parameters.options())};
    const auto rows = parameters.contiguous();
    for_each_element(
        parameters.device(), batch * joints,
        EachLocalJoint{rows.data_ptr<float>(), offsets.data_ptr<float>(), prerotations.data_ptr<float>(),
                       local.states.data_ptr<float>(), local.features.data_ptr<float>(), joints});
    return local;
}

at::Tensor world_joints(const at::Tensor& local, const JointPaths& paths) {
    auto world = at::empty_like(local);
    for_each_element(
        local.device(), local.size(0) * local.size(1),
        EachWorldJoint{local.data_ptr<float>(), paths.begins.data_ptr<std::int64_t>(),
                       paths.joints.data_ptr<std::int64_t>(), world.data_ptr<float>(), local.size(1)});
    return world;
}

at::Tensor skinned(const at::Tensor& states, const at::Tensor& inverse_bind, const at::Tensor& rest,
                   const Skin& skin) {
    const auto batch = states.size(0), joints = states.size(1), count = rest.size(1);
    const auto moves = at::empty_like(states);
    for_each_element(
        states.device(), batch * joints,
        EachMove{states.data_ptr<float>(), inverse_bind.data_ptr<float>(), moves.data_ptr<float>(), joints});
    const auto at_rest = rest.contiguous();
    auto vertices = at::empty({batch, count, 3}, rest.options());
    for_each_element(rest.device(), batch * count,
                     EachVertex{moves.data_ptr<float>(), at_rest.data_ptr<float>(),
                                skin.joints.data_ptr<std::int64_t>(), skin.weights.data_ptr<float>(),
                                vertices.data_ptr<float>(), joints, count, skin.joints.size(1)});
    return vertices;
}

}  // namespace posed::estimation::sam3dbody
