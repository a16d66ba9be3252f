#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <iterator>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "base/result.h"
#include "domain/pose.h"
#include "domain/recipe.h"
#include "estimation/blazepose/tracker.h"

namespace posed::estimation::blazepose {

/// Follows one person, or everybody the detector sees in the whole frame, by a `Tracker` each. Calls and
/// threads are those of a tracker.
///
/// For everybody, the detector looks for newcomers five times a second while somebody is followed, and in the
/// next frame after somebody was lost. Who is found where somebody was lost within a second keeps that track.
/// Two trackers that see the same body are one: the newer is dropped.
class PeopleTracker {
  public:
    static constexpr std::size_t most_people = 10;
    static constexpr std::chrono::milliseconds look_interval{200};
    static constexpr std::chrono::seconds remembered{1};

    /// `detector` must outlive the tracker.
    PeopleTracker(Network& detector, const Tracker::Options& options, People people);

    /// What the landmark network is to be shown. `time` is counted from the first shown frame.
    template <class Source>
    [[nodiscard]] Result<std::vector<Crop>> prepare(Source& source, std::chrono::microseconds time) {
        time_ = time;
        if (is_time_to_look())
            follow(TRY(followers_.front().tracker->look_around(source)));
        std::vector<Crop> crops;
        for (std::size_t i = 0; i < followers_.size(); ++i) {
            auto own = TRY(followers_[i].tracker->prepare(source, time));
            followers_[i].crops = own.size();
            std::ranges::move(own, std::back_inserter(crops));
            if (!following_ && i == 0)
                follow(followers_.front().tracker->others_seen());
        }
        return crops;
    }

    /// The poses in the crops, by track.
    [[nodiscard]] Result<std::vector<TrackedPose>> finish(std::span<const Inference> inferences);

  private:
    using Box = std::array<float, 4>;
    struct Follower {
        std::unique_ptr<Tracker> tracker;
        std::int32_t own_id = -1;  ///< what the tracker calls its person
        std::int32_t track_id = -1;
        Box box{};
        std::size_t crops = 0;
    };
    struct Lost {
        std::int32_t track_id;
        Box box;
        std::chrono::microseconds time;
    };

    [[nodiscard]] std::unique_ptr<Tracker> new_tracker() const;
    [[nodiscard]] bool is_time_to_look();
    void follow(std::span<const Detection> people);
    void lose(const Follower& follower);
    [[nodiscard]] std::int32_t track_at(const Box& box);

    Network& detector_;
    Tracker::Options options_;
    People people_;
    std::vector<Follower>
        followers_;  ///< never empty: who follows nobody searches; the longest-serving first
    std::vector<Lost> lost_;
    bool following_ = false;  ///< whether the last frame showed anybody
    bool look_now_ = false;
    std::chrono::microseconds time_{0}, last_look_{0};
    std::int32_t next_track_ = 0;
};

}  // namespace posed::estimation::blazepose
