#include "estimation/sam3dbody/box_tracks.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>

#include "estimation/sam3dbody/person_choice.h"

namespace posed::estimation::sam3dbody {
namespace {

constexpr std::chrono::seconds remembered{1};

/// A box that may go on with a track.
struct Match {
    float overlap = 0;
    std::size_t track = 0;
    std::size_t person = 0;
};

}  // namespace

std::vector<PersonFrame> BoxTracks::follow(std::vector<PersonFrame> people, std::chrono::microseconds time) {
    std::erase_if(tracks_, [&](const Track& track) { return time - track.time > remembered; });
    std::ranges::stable_sort(people, std::ranges::greater{}, weight_of);
    std::vector<Match> matches;
    for (std::size_t track = 0; track < tracks_.size(); ++track)
        for (std::size_t person = 0; person < people.size(); ++person)
            if (const float shared = overlap(tracks_[track].box, people[person].bbox_xyxy);
                shared >= least_overlap)
                matches.push_back({shared, track, person});
    std::ranges::stable_sort(matches, std::ranges::greater{}, &Match::overlap);

    std::vector<std::optional<std::size_t>> track_of(people.size());
    std::vector<bool> taken(tracks_.size());
    for (const auto& [shared, track, person] : matches) {
        if (taken[track] || track_of[person])
            continue;
        taken[track] = true;
        track_of[person] = track;
    }
    std::vector<PersonFrame> followed;
    for (const bool newcomers : {false, true}) {
        for (std::size_t i = 0; i < people.size() && followed.size() < most_people; ++i) {
            if (track_of[i].has_value() == newcomers)
                continue;
            if (newcomers)
                tracks_.push_back({.id = next_++});
            auto& track = newcomers ? tracks_.back() : tracks_[*track_of[i]];
            track.box = people[i].bbox_xyxy;
            track.time = time;
            people[i].track_id = track.id;
            followed.push_back(std::move(people[i]));
        }
    }
    std::ranges::sort(followed, {}, &PersonFrame::track_id);
    return followed;
}

}  // namespace posed::estimation::sam3dbody
