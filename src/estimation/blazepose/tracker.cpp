#include "estimation/blazepose/tracker.h"

#include <cmath>

#include "estimation/blazepose/body_region.h"

namespace posed::estimation::blazepose {
namespace {

constexpr float least_presence = 0.5F;

/// The filters take a time of 0 for none at all, so the first frame must not have it.
constexpr std::chrono::microseconds filter_epoch = std::chrono::seconds(1);

std::optional<Region> region_if_usable(const Region& region) {
    const bool usable = std::isfinite(region.center_x) && std::isfinite(region.center_y) &&
                        std::isfinite(region.side) && std::isfinite(region.rotation) && region.side > 0;
    return usable ? std::optional(region) : std::nullopt;
}

Region next_region(const PoseLandmarks& pose) {
    const Landmark& hips = pose.image[hip_center_landmark];
    const Landmark& circle = pose.image[circle_landmark];
    return body_region({hips.x, hips.y}, {circle.x, circle.y});
}

}  // namespace

Tracker::Tracker(Network& detector, const Options& options)
    : detector_(detector), options_(options), tile_search_(options.displayed), smoother_(options.smoothing) {}

void Tracker::begin_frame(std::chrono::microseconds time) {
    time_ = time;
    tile_search_.next_frame();
}

Result<std::optional<Detection>> Tracker::best_detection(const Region& square) {
    const auto outputs = TRY(detector_.run(detector_input_));
    const auto people = decode_detections(outputs[static_cast<std::size_t>(DetectorOutput::boxes)],
                                          outputs[static_cast<std::size_t>(DetectorOutput::scores)], square);
    return people.empty() ? std::nullopt : std::optional(people.front());
}

void Tracker::start_track(const Detection& detection) {
    region_ = region_if_usable(body_region(detection.points[0], detection.points[1]));
    new_track_ = true;
}

Result<std::optional<TrackedPose>> Tracker::finish(const Inference& inference) {
    TRY(check_outputs(inference));
    const Region region = *std::exchange(region_, std::nullopt);
    const float presence = pose_presence(inference);
    if (!(presence > least_presence)) {
        smoother_.pose_lost();
        return std::optional<TrackedPose>();
    }
    if (std::exchange(new_track_, false))
        ++track_id_;
    TrackedPose pose;
    pose.track_id = track_id_;
    pose.presence = presence;
    pose.unfiltered = decode_landmarks(inference, region);
    pose.smoothed = pose.unfiltered;
    smoother_.apply(pose.smoothed, time_ + filter_epoch);
    region_ = region_if_usable(next_region(pose.smoothed));
    return std::optional(std::move(pose));
}

}  // namespace posed::estimation::blazepose
