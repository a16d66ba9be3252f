#include "estimation/blazepose/tracker.h"

#include <cmath>

#include "estimation/blazepose/body_region.h"

namespace posed::estimation::blazepose {
namespace {

constexpr float least_presence = 0.5F;

/// What a crop found in a tile must show: the network's certainty that there is a pose, and the mean
/// visibility of the body's landmarks. Small figures seen well have more than 0.98 and 0.9; walls, leaves and
/// edges that the detector takes for somebody may have one of them, hardly ever both.
constexpr float least_presence_in_tile = 0.9F;
constexpr float least_visibility_in_tile = 0.88F;

/// A region found in a tile is only roughly right. For so many frames the filters of pixels, which would hold
/// it there for seconds, start anew, and the region follows the pose at once.
constexpr int settling_frames = 5;

/// How many people suspected in tiles the landmark network is shown in one frame.
constexpr std::size_t most_crops = 4;

/// The filters take a time of 0 for none at all, so the first frame must not have it.
constexpr std::chrono::microseconds filter_epoch = std::chrono::seconds(1);

bool is_usable(const Region& region) {
    return std::isfinite(region.center_x) && std::isfinite(region.center_y) && std::isfinite(region.side) &&
           std::isfinite(region.rotation) && region.side > 0;
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
    others_.clear();
}

Result<std::vector<Detection>> Tracker::run_detector(const Region& square) {
    const auto outputs = TRY(detector_.run(detector_input_));
    return decode_detections(outputs[static_cast<std::size_t>(DetectorOutput::boxes)],
                             outputs[static_cast<std::size_t>(DetectorOutput::scores)], square);
}

bool Tracker::follow(const Detection& person) {
    new_track_ = true;
    look_at(person);
    return !regions_.empty();
}

void Tracker::look_at(const Detection& person) {
    from_tiles_ = false;
    const Region region = body_region(person.points[0], person.points[1]);
    if (is_usable(region))
        regions_ = {region};
}

void Tracker::look_at(std::vector<Candidate> candidates) {
    from_tiles_ = true;
    regions_ = best_regions(std::move(candidates), most_crops);
}

std::optional<std::size_t> Tracker::choose(std::span<const Inference> inferences) const {
    if (!from_tiles_)
        return pose_presence(inferences[0]) > least_presence ? std::optional<std::size_t>(0) : std::nullopt;
    std::optional<std::size_t> best;
    float best_visibility = least_visibility_in_tile;
    for (std::size_t i = 0; i < inferences.size(); ++i) {
        if (!(pose_presence(inferences[i]) > least_presence_in_tile))
            continue;
        const float visibility = mean_visibility(inferences[i]);
        if (visibility > best_visibility)
            best = i, best_visibility = visibility;
    }
    return best;
}

void Tracker::lose_track(std::span<const Inference> inferences) {
    if (from_tiles_) {
        for (std::size_t i = 0; i < inferences.size(); ++i) {
            if (pose_presence(inferences[i]) > least_presence)
                tile_search_.correct(next_region(decode_landmarks(inferences[i], regions_[i])));
        }
    } else if (options_.search == PersonSearch::tiles && !regions_.empty()) {
        doubted_ = new_track_;
        if (!new_track_)
            tile_search_.suspect({{.score = 1, .region = regions_.front()}});
    }
    regions_.clear();
    settling_ = 0;
    smoother_.pose_lost();
}

Result<std::optional<TrackedPose>> Tracker::finish(std::span<const Inference> inferences) {
    if (inferences.size() != regions_.size())
        return fail(Code::internal, std::to_string(inferences.size()) + " inferences for " +
                                        std::to_string(regions_.size()) + " crops");
    for (const Inference& inference : inferences)
        TRY(check_outputs(inference));
    const auto chosen = inferences.empty() ? std::nullopt : choose(inferences);
    if (!chosen) {
        lose_track(inferences);
        return std::optional<TrackedPose>();
    }
    if (std::exchange(new_track_, false))
        ++track_id_;
    if (std::exchange(from_tiles_, false))
        settling_ = settling_frames;
    tile_search_.end();
    TrackedPose pose;
    pose.track_id = track_id_;
    pose.presence = pose_presence(inferences[*chosen]);
    pose.unfiltered = decode_landmarks(inferences[*chosen], regions_[*chosen]);
    pose.smoothed = pose.unfiltered;
    if (settling_ > 0) {
        --settling_;
        smoother_.pose_lost();
    }
    smoother_.apply(pose.smoothed, time_ + filter_epoch);
    const Region next = next_region(pose.smoothed);
    regions_.clear();
    if (is_usable(next))
        regions_ = {next};
    return std::optional(pose);
}

}  // namespace posed::estimation::blazepose
