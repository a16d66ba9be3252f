#pragma once

#include <cstdint>

#include <ATen/ATen.h>

/// Rotations in batches, float32; the leading dimensions may be any. Parallel or zero vectors give finite
/// numbers.
namespace posed::estimation::sam3dbody {

/// Angles (x, y, z) of R = Rz Ry Rx from six numbers, two directions that need not be orthogonal: (..., 6) to
/// (..., 3). For the joints.
[[nodiscard]] at::Tensor joint_angles(const at::Tensor& six);

/// The orthogonal matrix of the whole body's rotation: (..., 6) to (..., 3, 3).
[[nodiscard]] at::Tensor body_rotation(const at::Tensor& six);

/// The unit quaternion (x, y, z, w) of a rotation matrix.
[[nodiscard]] at::Tensor quaternion_of(const at::Tensor& matrix);

/// Angles about z, y, x, in that order, of R = Rz Ry Rx. In gimbal lock all is given to z.
[[nodiscard]] at::Tensor body_angles(const at::Tensor& matrix);

/// A row of the table of `angles_from`: how many numbers an angle or a joint is given by (6: a joint's two
/// directions; 2: sine and cosine; 1: the angle itself), where they begin, and the slots of its one or three
/// angles.
inline constexpr std::int64_t angle_source_numbers = 5;

/// All angles of a pose: (rows, numbers) to (rows, slots). `table`: (sources, 5), int32; it fills every slot.
[[nodiscard]] at::Tensor angles_from(const at::Tensor& numbers, const at::Tensor& table, std::int64_t slots);

}  // namespace posed::estimation::sam3dbody
