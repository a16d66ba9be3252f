#pragma once

#include <array>
#include <vector>

#include "tests/synthetic/vector.h"

/// A clothed human figure of 1.75 m that steps on the spot, lifts its arms and turns a little: its joints at
/// any time, and its body as simple solids.
namespace posed::tests::synthetic {

/// The joints whose places are written beside the clip, in the order of its columns. Left and right are the
/// figure's own.
enum Joint : std::size_t {
    nose,
    left_shoulder,
    right_shoulder,
    left_elbow,
    right_elbow,
    left_wrist,
    right_wrist,
    left_hip,
    right_hip,
    left_knee,
    right_knee,
    left_ankle,
    right_ankle,
    joint_count
};

inline constexpr std::array<const char*, joint_count> joint_names{
    "nose",     "left_shoulder", "right_shoulder", "left_elbow", "right_elbow", "left_wrist", "right_wrist",
    "left_hip", "right_hip",     "left_knee",      "right_knee", "left_ankle",  "right_ankle"};

/// Where the figure is at one time.
struct Stance {
    std::array<Vector, joint_count> joints;
    Vector head;         ///< middle of the skull
    float head_yaw = 0;  ///< radians from looking along z
    float yaw = 0;       ///< of the chest
    float hip_yaw = 0;
};

[[nodiscard]] Stance stance_at(double seconds);

enum class Cloth : unsigned char { skin, head, shirt, trousers, shoe };

/// A solid: all points within a radius of a straight line, the radius changing from one end to the other; or,
/// with `squeeze` other than 1, the same with its local axes stretched (an ellipsoid where both ends meet).
struct Part {
    Cloth cloth = Cloth::skin;
    Vector from;
    Vector to;
    float from_radius = 0.05F;
    float to_radius = 0.05F;
    Vector squeeze{1, 1, 1};  ///< widths along the local axes
    float yaw_cosine = 1;     ///< of the turn of the local axes about the vertical one
    float yaw_sine = 0;

    /// Metres to the surface; negative inside. A lower bound near enough to walk by where squeezed.
    [[nodiscard]] float distance(Vector place) const noexcept;
};

[[nodiscard]] std::vector<Part> body_of(const Stance& stance);

}  // namespace posed::tests::synthetic
