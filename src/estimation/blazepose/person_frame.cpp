#include "estimation/blazepose/person_frame.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace posed::estimation::blazepose {
namespace {

struct Extent {
    float left = std::numeric_limits<float>::infinity();
    float top = left;
    float right = -left;
    float bottom = -left;
};

Extent extent_of(const PoseLandmarks& pose, float least_visibility) {
    Extent extent;
    for (std::size_t i = 0; i < body_landmarks; ++i) {
        const Landmark& landmark = pose.image[i];
        if (!(landmark.visibility >= least_visibility))
            continue;
        extent.left = std::min(extent.left, landmark.x);
        extent.right = std::max(extent.right, landmark.x);
        extent.top = std::min(extent.top, landmark.y);
        extent.bottom = std::max(extent.bottom, landmark.y);
    }
    return extent;
}

}  // namespace

std::array<float, 4> bounding_box(const PoseLandmarks& unfiltered, Size displayed) {
    Extent extent = extent_of(unfiltered, 0.5F);
    if (extent.left > extent.right)
        extent = extent_of(unfiltered, 0);
    const Landmark &nose = unfiltered.image[0], &hips = unfiltered.image[hip_center_landmark];
    const float dx = nose.x - hips.x, dy = nose.y - hips.y;
    const bool upright = std::abs(dy) >= std::abs(dx);
    const float length = upright ? extent.bottom - extent.top : extent.right - extent.left;
    const auto margin = [&](bool head) { return length * (head ? 0.10F : 0.05F); };
    const auto width = static_cast<float>(displayed.width), height = static_cast<float>(displayed.height);
    return {std::clamp(extent.left - margin(!upright && dx < 0), 0.0F, width),
            std::clamp(extent.top - margin(upright && dy <= 0), 0.0F, height),
            std::clamp(extent.right + margin(!upright && dx > 0), 0.0F, width),
            std::clamp(extent.bottom + margin(upright && dy > 0), 0.0F, height)};
}

PersonFrame to_person_frame(const TrackedPose& pose, Size displayed, const Camera& camera) {
    PersonFrame person;
    person.track_id = pose.track_id;
    person.bbox_xyxy = bounding_box(pose.unfiltered, displayed);
    person.bbox_confidence = pose.presence;
    for (std::size_t i = 0; i < body_landmarks; ++i) {
        const Landmark& landmark = pose.smoothed.image[i];
        person.keypoints_2d.push_back({landmark.x, landmark.y});
        person.keypoints_confidence.push_back(landmark.visibility);
    }
    person.keypoints_3d.assign(pose.smoothed.world.begin(), pose.smoothed.world.end());
    person.root_translation =
        fit_root_translation(camera, person.keypoints_3d, person.keypoints_2d, person.keypoints_confidence);
    return person;
}

}  // namespace posed::estimation::blazepose
