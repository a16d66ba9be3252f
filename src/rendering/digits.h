#pragma once

#include <string_view>
#include <vector>

#include "rendering/stroke.h"

namespace posed::rendering {

/// How wide `text` is drawn at a height of 1, from the outermost centre line to the other.
[[nodiscard]] double width_of_digits(std::string_view text) noexcept;

/// `text` as strokes: the centre lines of its first digit begin at `upper_left`, and a digit is `height`
/// high. Knows the digits and the point; other characters leave a gap.
[[nodiscard]] std::vector<Stroke> strokes_of_digits(std::string_view text, Place upper_left, double height,
                                                    double radius);

}  // namespace posed::rendering
