#include "estimation/sam3dbody/person_choice.h"

#include <algorithm>

namespace posed::estimation::sam3dbody {
namespace {

constexpr std::chrono::seconds patience{1};

float area_of(const std::array<float, 4>& box) noexcept {
    return std::max(0.0F, box[2] - box[0]) * std::max(0.0F, box[3] - box[1]);
}

}  // namespace

float weight_of(const PersonFrame& person) noexcept {
    return person.bbox_confidence * area_of(person.bbox_xyxy);
}

bool PersonChoice::is_the_same(const PersonFrame& person) const noexcept {
    return last_ && (person.track_id == last_->track_id ||
                     overlap(person.bbox_xyxy, last_->bbox_xyxy) >= least_overlap);
}

std::optional<std::size_t> PersonChoice::choose(std::span<const PersonFrame> people,
                                                std::chrono::microseconds time) {
    auto found = std::ranges::find_if(people, [&](const auto& person) { return is_the_same(person); });
    if (found == people.end()) {
        if (people.empty() || (last_ && time - last_time_ < patience))
            return std::nullopt;
        found = std::ranges::max_element(people, {}, weight_of);
        ++track_id_;
    }
    last_ = *found;
    last_time_ = time;
    return static_cast<std::size_t>(found - people.begin());
}

}  // namespace posed::estimation::sam3dbody
