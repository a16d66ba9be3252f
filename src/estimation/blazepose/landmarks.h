#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "base/result.h"
#include "domain/geometry.h"
#include "estimation/estimator.h"
#include "estimation/sampling.h"

/// The landmark stage: what a landmark network is shown, and what its outputs mean. Of the 39 landmarks the
/// first 33 are the body's; 33 and 34 are the two points of `body_region` for the next frame; 35 to 38 are
/// not used.
namespace posed::estimation::blazepose {

inline constexpr std::size_t body_landmarks = 33;
inline constexpr std::size_t all_landmarks = 39;
inline constexpr std::size_t hip_center_landmark = 33;
inline constexpr std::size_t circle_landmark = 34;

/// The input of the landmark networks: the picture's border repeated, 0..1.
inline constexpr CropShape landmark_crop{.side = 256, .border = Border::replicate, .low = 0, .high = 1};

/// `visibility`: probability that the point is in the frame and not hidden. `presence`: that it is in the
/// frame.
struct Landmark {
    float x = 0;
    float y = 0;
    float z = 0;
    float visibility = 0;
    float presence = 0;
};

/// A pose as the network saw it in one frame. `image` is in displayed pixels, z in the same unit about the
/// middle of the hips, negative toward the camera. `world` is in metres about the middle of the hips, camera
/// axes.
struct PoseLandmarks {
    std::array<Landmark, all_landmarks> image;
    std::array<Point3, body_landmarks> world;
};

/// Errors: internal, when the outputs are not those of a landmark network.
[[nodiscard]] Result<> check_outputs(const Inference& inference);

/// The probability that there is a pose in the crop.
[[nodiscard]] float pose_presence(const Inference& inference) noexcept;

/// The mean of the visibility of the body's landmarks.
[[nodiscard]] float mean_visibility(const Inference& inference) noexcept;

/// The landmarks in fractions of the crop, as regressed: 39 x (x, y, z, visibility logit, presence logit).
[[nodiscard]] std::array<Landmark, all_landmarks> landmarks_in_crop(std::span<const float> raw);

/// Moves x and y of each landmark to the centre of mass of its heatmap's window of 7x7 cells around it, where
/// the map is confident there. `heatmap`: logits, 64 rows x 64 columns x 39.
void refine_by_heatmap(std::array<Landmark, all_landmarks>& landmarks, std::span<const float> heatmap);

/// All of it: decoded, refined, and brought from the crop of `region` to the picture.
[[nodiscard]] PoseLandmarks decode_landmarks(const Inference& inference, const Region& region);

}  // namespace posed::estimation::blazepose
