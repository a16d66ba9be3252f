#pragma once

#include <cstdint>

#include <ATen/ATen.h>

#include "estimation/sam3dbody/weights.h"

namespace posed::estimation::sam3dbody {

/// What the pose head says of a batch, in the shapes of the output contract (docs/estimators.md).
struct PoseParameters {
    at::Tensor pose_raw;         ///< (batch, 266)
    at::Tensor global_rotation;  ///< (batch, 3): about z, y, x
    at::Tensor body_pose;        ///< (batch, 133)
    at::Tensor shape;            ///< (batch, 45)
    at::Tensor scale;            ///< (batch, 28)
    at::Tensor hand;             ///< (batch, 108)
    at::Tensor model;            ///< (batch, 204): what the body model takes
};

inline constexpr std::int64_t pose_numbers = 519;
inline constexpr std::int64_t model_parameter_count = 204;

/// Turns the 519 numbers of the pose head into the parameters of the body. Float32 throughout.
class PoseDecoder {
  public:
    PoseDecoder(WeightReader& reader, at::Device device);

    [[nodiscard]] PoseParameters operator()(const at::Tensor& numbers) const;

    /// What the body model takes, from the parts of a pose that are stored.
    [[nodiscard]] at::Tensor model_parameters(const PoseParameters& pose) const;

    /// 260 continuous numbers to 133 angles, hands and jaw included.
    [[nodiscard]] at::Tensor body(const at::Tensor& continuous) const;

    /// 54 continuous numbers to the 27 angles of a hand.
    [[nodiscard]] at::Tensor hand(const at::Tensor& continuous) const;

    /// Which of the 133 angles the continuous numbers mean, in their order; the mask is 0 for those that the
    /// body's pose leaves to the hands, and for the jaw.
    struct BodySlots {
        at::Tensor joints, angles, plain, mask;
    };
    [[nodiscard]] const BodySlots& body_slots() const noexcept { return slots_; }

    /// Errors: corrupt_model when the file's index tables lead outside.
    [[nodiscard]] Result<> check() const;

  private:
    at::Tensor scale_mean_, scale_components_, hand_mean_, hand_components_, left_hand_, right_hand_;
    BodySlots slots_;
    at::Tensor body_table_, hand_table_;  ///< of `angles_from`
};

}  // namespace posed::estimation::sam3dbody
