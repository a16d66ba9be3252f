#pragma once

#include <array>

#include "domain/camera.h"
#include "domain/pose.h"
#include "estimation/blazepose/tracker.h"

namespace posed::estimation::blazepose {

/// The person's box, left, top, right, bottom: the bounds of the body landmarks of visibility 0.5 or more
/// (all of them when there is none), extended by 10 % of the body's extent from head to foot at the head's
/// end and by 5 % elsewhere, cut at the frame. The head's end is the side of the box towards which the nose
/// lies from the hips.
[[nodiscard]] std::array<float, 4> bounding_box(const PoseLandmarks& unfiltered, Size displayed);

[[nodiscard]] PersonFrame to_person_frame(const TrackedPose& pose, Size displayed, const Camera& camera);

}  // namespace posed::estimation::blazepose
