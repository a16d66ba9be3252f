#include "estimation/blazepose/people_tracker.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <string>

#include "estimation/blazepose/body_region.h"
#include "estimation/blazepose/person_frame.h"

namespace posed::estimation::blazepose {
namespace {

/// Of the two boxes: from here on, they are of the same body.
constexpr float same_body = 0.6F, same_place = 0.3F;

/// Regions whose middles are nearer than this part of their side are taken for one person's, before the
/// landmark network is asked.
constexpr double near = 0.15;

bool is_near(const Region& one, const Region& other) {
    return std::hypot(one.center_x - other.center_x, one.center_y - other.center_y) <
           near * std::max(one.side, other.side);
}

}  // namespace

PeopleTracker::PeopleTracker(Network& detector, const Tracker::Options& options, People people)
    : detector_(detector), options_(options), people_(people) {
    followers_.push_back({.tracker = new_tracker()});
}

std::unique_ptr<Tracker> PeopleTracker::new_tracker() const {
    return std::make_unique<Tracker>(detector_, options_);
}

bool PeopleTracker::is_time_to_look() {
    if (!following_) {
        last_look_ = time_;  // who searches looks at the whole frame
        return false;
    }
    if (people_ == People::one || (!std::exchange(look_now_, false) && time_ - last_look_ < look_interval))
        return false;
    last_look_ = time_;
    return true;
}

void PeopleTracker::follow(std::span<const Detection> people) {
    if (people_ == People::one)
        return;
    for (const auto& person : people) {
        const Region region = body_region(person.points[0], person.points[1]);
        const bool known = std::ranges::any_of(followers_, [&](const Follower& follower) {
            const auto other = follower.tracker->region();
            return other && is_near(region, *other);
        });
        if (known || followers_.size() == most_people)
            continue;
        Follower newcomer{.tracker = new_tracker()};
        if (newcomer.tracker->follow(person))
            followers_.push_back(std::move(newcomer));
    }
}

void PeopleTracker::lose(const Follower& follower) {
    if (follower.track_id < 0)
        return;
    look_now_ = true;
    lost_.push_back({.track_id = follower.track_id, .box = follower.box, .time = time_});
}

/// Only among everybody: of a person followed alone, it is not known whether it is the same one.
std::int32_t PeopleTracker::track_at(const Box& box) {
    std::erase_if(lost_, [&](const Lost& lost) { return time_ - lost.time > remembered; });
    const auto best =
        std::ranges::max_element(lost_, {}, [&](const Lost& lost) { return overlap(lost.box, box); });
    if (people_ == People::one || best == lost_.end() || overlap(best->box, box) < same_place)
        return next_track_++;
    const auto track = best->track_id;
    lost_.erase(best);
    return track;
}

Result<std::vector<TrackedPose>> PeopleTracker::finish(std::span<const Inference> inferences) {
    const auto asked =
        std::accumulate(followers_.begin(), followers_.end(), std::size_t{0},
                        [](std::size_t sum, const Follower& follower) { return sum + follower.crops; });
    if (inferences.size() != asked)
        return fail(Code::internal, std::to_string(inferences.size()) + " inferences for " +
                                        std::to_string(asked) + " crops");
    std::vector<TrackedPose> poses;
    std::vector<Follower> kept;
    std::optional<Follower> spare;
    for (auto& follower : followers_) {
        auto pose = TRY(follower.tracker->finish(inferences.first(follower.crops)));
        inferences = inferences.subspan(follower.crops);
        if (!pose) {
            lose(follower);
            if (!spare)
                spare = std::move(follower);
            continue;
        }
        const Box box = bounding_box(pose->unfiltered, options_.displayed);
        // Who was lost sometimes seems to be where somebody else is.
        if (std::ranges::any_of(kept,
                                [&](const Follower& other) { return overlap(other.box, box) > same_body; })) {
            lose(follower);
            continue;
        }
        follower.box = box;
        if (follower.track_id < 0 || std::exchange(follower.own_id, pose->track_id) != pose->track_id)
            follower.track_id = track_at(follower.box);
        follower.own_id = pose->track_id;
        pose->track_id = follower.track_id;
        poses.push_back(*pose);
        kept.push_back(std::move(follower));
    }
    following_ = !kept.empty();
    if (!following_) {
        spare->track_id = -1;
        kept.push_back(*std::move(spare));
    }
    followers_ = std::move(kept);
    std::ranges::sort(poses, {}, &TrackedPose::track_id);
    return poses;
}

}  // namespace posed::estimation::blazepose
