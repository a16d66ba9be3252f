#pragma once

#include <array>
#include <span>
#include <vector>

#include "domain/geometry.h"
#include "estimation/sampling.h"

/// The detector stage: what the detector network is shown, and what its outputs mean.
namespace posed::estimation::blazepose {

/// Somebody seen by the detector, in displayed pixels. The box is around head and shoulders.
struct Detection {
    float score = 0;  ///< 0..1
    double left = 0;
    double top = 0;
    double right = 0;
    double bottom = 0;
    /// Middle of the hips, a point on the circle around the body, middle of the shoulders, a point for the
    /// upper body.
    std::array<Point2, 4> points{};
    int merged = 0;  ///< how many anchors agreed
};

/// The detector's input: black beyond the picture, -1..1.
inline constexpr CropShape detector_crop{.side = 224, .border = Border::black, .low = -1, .high = 1};

/// The smallest upright square around the whole picture.
[[nodiscard]] Region whole_picture(Size displayed) noexcept;

/// The centre of an anchor in the unit square.
[[nodiscard]] Point2 anchor_center(std::size_t index) noexcept;

/// The people in the square that the detector was shown, best first: anchors of score >= 0.5, merged by
/// weighted non-maximum suppression. `boxes`: 12 per anchor; `scores`: a logit per anchor, 2254 of them.
[[nodiscard]] std::vector<Detection> decode_detections(std::span<const float> boxes,
                                                       std::span<const float> scores, const Region& square);

}  // namespace posed::estimation::blazepose
