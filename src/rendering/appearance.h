#pragma once

#include <string_view>

#include "rendering/colour.h"

namespace posed::rendering {

/// The part of a person that a key point belongs to; each has a colour. Left and right are the person's own.
enum class BodySide : std::uint8_t { middle, left, right, face };

/// How a key point looks, told from its name: `left_...` and `right_...` by their side, eyes, ears, nose and
/// mouth as face; points that lie close together (face, fingers) smaller than the others.
struct PointLook {
    BodySide side = BodySide::middle;
    double size = 1;  ///< times the usual radius
};

[[nodiscard]] PointLook look_of_key_point(std::string_view name) noexcept;

/// Warm for left, cool for right, white between them, lilac for the face.
[[nodiscard]] Rgb colour_of(BodySide side) noexcept;

/// The colour of a person's box: people next to each other by track get different ones.
[[nodiscard]] Rgb colour_of_track(int track_id) noexcept;

/// How strongly a key point of a confidence is drawn: fully from 0.6 on, then fainter down to 0.15 at 0.1 and
/// below, so that a hidden joint is seen to be a guess. A confidence that is no number counts as 0.
[[nodiscard]] double opacity_of_confidence(float confidence) noexcept;

/// The depth cue: a line's or point's width, times the usual, by its place along the camera's axis in metres
/// from the person's middle (negative: nearer, thicker). Between 0.75 and 1.35; 1 where z is no number.
[[nodiscard]] double width_of_depth(float z) noexcept;

}  // namespace posed::rendering
