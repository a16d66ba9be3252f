#include "estimation/batch_queue.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace posed::estimation {

LaneId BatchQueue::open() {
    lanes_.emplace(next_, Lane{});
    return next_++;
}

void BatchQueue::close(LaneId lane) {
    const auto found = lanes_.find(lane);
    ready_ -= found->second.waiting.size();
    lanes_.erase(found);
}

bool BatchQueue::full(LaneId lane) const {
    const auto& [waiting, running, done, failure, blocked] = lanes_.at(lane);
    return waiting.size() + running + done.size() >= capacity();
}

void BatchQueue::add(LaneId id, Crop crop, Time now) {
    auto& lane = lanes_.at(id);
    if (lane.failure)
        return;
    lane.blocked = false;
    lane.waiting.push_back({std::move(crop), now});
    ++ready_;
}

std::optional<Result<Inference>> BatchQueue::fetch(LaneId id) {
    auto& lane = lanes_.at(id);
    if (!lane.done.empty()) {
        auto inference = std::move(lane.done.front());
        lane.done.pop_front();
        return Result<Inference>(std::move(inference));
    }
    if (lane.failure)
        return Result<Inference>(*lane.failure);
    lane.blocked = true;
    return std::nullopt;
}

std::optional<BatchQueue::Time> BatchQueue::due() const {
    if (ready_ == 0)
        return std::nullopt;
    const bool all_blocked =
        std::ranges::all_of(lanes_, [](const auto& lane) { return lane.second.blocked; });
    if (ready_ >= limits_.size || all_blocked)
        return Time::min();
    if (!limits_.delay)
        return std::nullopt;
    auto oldest = Time::max();
    for (const auto& [id, lane] : lanes_)
        if (!lane.waiting.empty())
            oldest = std::min(oldest, lane.waiting.front().since);
    return oldest + *limits_.delay;
}

Batch BatchQueue::take() {
    std::map<LaneId, std::size_t> shares;
    auto lane = lanes_.upper_bound(last_served_);
    for (std::size_t left = std::min(ready_, limits_.size); left > 0; ++lane) {
        if (lane == lanes_.end())
            lane = lanes_.begin();
        auto& share = shares[lane->first];
        if (share == lane->second.waiting.size())
            continue;
        ++share;
        --left;
        last_served_ = lane->first;
    }
    Batch batch;
    for (const auto& [id, share] : shares) {
        if (share == 0)
            continue;
        auto& [waiting, running, done, failure, blocked] = lanes_.at(id);
        for (std::size_t i = 0; i < share; ++i) {
            batch.crops.push_back(std::move(waiting.front().crop));
            waiting.pop_front();
        }
        running += share;
        ready_ -= share;
        batch.parts.push_back({id, share});
    }
    return batch;
}

void BatchQueue::finish(const Batch::Part& part, Result<std::vector<Inference>> inferences) {
    const auto found = lanes_.find(part.lane);
    if (found == lanes_.end())
        return;
    auto& lane = found->second;
    lane.running -= part.count;
    lane.blocked = false;
    if (inferences) {
        std::ranges::move(*inferences, std::back_inserter(lane.done));
        return;
    }
    lane.failure = std::move(inferences).error();
    ready_ -= lane.waiting.size();
    lane.waiting.clear();
}

}  // namespace posed::estimation
