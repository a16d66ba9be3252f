#pragma once

#include <cstdint>

#include <ATen/ATen.h>

/// How MHR's joints and skin move, joint by joint and vertex by vertex; centimetres. A joint's state are
/// eight numbers: translation, quaternion x y z w, scale. Float32, the chain of joints in double.
namespace posed::estimation::sam3dbody {

/// Joints at the root that have no correctives.
inline constexpr std::int64_t still_joints = 2;
inline constexpr std::int64_t numbers_per_joint = 7;

struct LocalJoints {
    at::Tensor states;    ///< (batch, joints, 8), as seen from the parent
    at::Tensor features;  ///< (batch, 6 * moving joints): by how much a rotation's first two columns differ
                          ///< from those of none
};

/// `parameters`: (batch, joints, 7), translation, angles about x, y and z, logarithm of the scale to base 2;
/// `offsets`: (joints, 3), `prerotations`: (joints, 4).
[[nodiscard]] LocalJoints local_joints(const at::Tensor& parameters, const at::Tensor& offsets,
                                       const at::Tensor& prerotations);

/// From the root to each joint: joint j is reached by `joints[begins[j]]` to `joints[begins[j + 1] - 1]`.
struct JointPaths {
    at::Tensor begins;  ///< (joints + 1), int64
    at::Tensor joints;  ///< int64
};

/// (batch, joints, 8), as seen from the body's own space.
[[nodiscard]] at::Tensor world_joints(const at::Tensor& local, const JointPaths& paths);

/// As many joints for each vertex as the one with most needs; weights of 0 fill it up.
struct Skin {
    at::Tensor joints;   ///< (vertices, influences), int64
    at::Tensor weights;  ///< (vertices, influences)
};

/// `rest` (batch, vertices, 3) moved with the joints in their `states`; `inverse_bind`: (joints, 8).
[[nodiscard]] at::Tensor skinned(const at::Tensor& states, const at::Tensor& inverse_bind,
                                 const at::Tensor& rest, const Skin& skin);

}  // namespace posed::estimation::sam3dbody
