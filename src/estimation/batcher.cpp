#include "estimation/batcher.h"

#include <chrono>
#include <cstddef>
#include <exception>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

namespace posed::estimation {

CropLane::CropLane(Batcher& batcher, std::stop_token stop)
    : batcher_(batcher), stop_(std::move(stop)), id_([&batcher] {
          const std::lock_guard lock(batcher.mutex_);
          return batcher.queue_.open();
      }()) {}

CropLane::~CropLane() {
    const std::lock_guard lock(batcher_.mutex_);
    batcher_.queue_.close(id_);
    batcher_.added_.notify_all();  // nobody need wait for this video any more
}

std::size_t CropLane::capacity() const noexcept {
    return batcher_.queue_.capacity();
}

bool CropLane::full() const {
    const std::lock_guard lock(batcher_.mutex_);
    return batcher_.queue_.full(id_);
}

void CropLane::add(Crop crop) {
    const std::lock_guard lock(batcher_.mutex_);
    batcher_.queue_.add(id_, std::move(crop), std::chrono::steady_clock::now());
    batcher_.added_.notify_all();
}

Result<Inference> CropLane::next() {
    std::unique_lock lock(batcher_.mutex_);
    auto inference = batcher_.queue_.fetch(id_);
    if (!inference) {
        batcher_.added_.notify_all();
        batcher_.finished_.wait(lock, stop_,
                                [&] { return (inference = batcher_.queue_.fetch(id_)).has_value(); });
    }
    if (!inference)
        return fail(Code::cancelled, "stopped while frames waited for the model");
    return *std::move(inference);
}

BatchCounters batch_counters(Metrics& metrics, const std::string& estimator) {
    const Metrics::Labels labels{{"estimator", estimator}};
    return {.batches = metrics.counter("posed_batches_total", "Batches that were formed.", labels),
            .crops = metrics.counter("posed_batch_crops_total", "Crops in batches that were formed.", labels),
            .places = metrics.counter("posed_batch_places_total",
                                      "Crops that batches that were formed had room for.", labels)};
}

Batcher::Batcher(Estimator& estimator, const BatchLimits& limits, Log& log,
                 const std::optional<BatchCounters>& counters)
    : estimator_(estimator), log_(log), size_(limits.size), counters_(counters), queue_(limits) {
    for (int i = 0; i < estimator.description().batches_at_once; ++i)
        threads_.emplace_back([this](const std::stop_token& stop) { work(stop); });
}

std::unique_ptr<CropLane> Batcher::open_lane(std::stop_token stop) {
    return std::make_unique<CropLane>(*this, std::move(stop));
}

void Batcher::work(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (!stop.stop_requested()) {
        const auto due = queue_.due();
        const auto changed = [&] { return queue_.due() != due; };
        if (!due)
            added_.wait(lock, stop, changed);
        else if (*due > std::chrono::steady_clock::now())
            added_.wait_until(lock, stop, *due, changed);
        else {
            const auto batch = queue_.take();
            const auto number = batches_taken_++;
            added_.notify_all();  // what is left may be due for another thread
            lock.unlock();
            count(batch);
            auto outcomes = run(batch.crops, batch.parts);
            lock.lock();
            finished_.wait(lock, [&] { return batches_finished_ == number; });  // each video's order
            ++batches_finished_;
            for (std::size_t i = 0; i < outcomes.size(); ++i)
                queue_.finish(batch.parts[i], std::move(outcomes[i]));
            finished_.notify_all();
        }
    }
}

void Batcher::count(const Batch& batch) {
    if (!counters_)
        return;
    counters_->batches.add();
    counters_->crops.add(static_cast<double>(batch.crops.size()));
    counters_->places.add(static_cast<double>(size_));
}

std::vector<Batcher::Outcome> Batcher::run(std::span<const Crop> crops, std::span<const Batch::Part> parts) {
    auto inferences = infer(crops);
    std::vector<Outcome> outcomes;
    if (!inferences && parts.size() > 1) {
        log_.warning(
            "a batch failed; each of its videos is run by itself",
            {{"crops", crops.size()}, {"videos", parts.size()}, {"why", inferences.error().message}});
        for (const auto& part : parts) {
            outcomes.push_back(infer(crops.first(part.count)));
            crops = crops.subspan(part.count);
        }
        return outcomes;
    }
    if (!inferences)
        return {std::move(inferences)};
    auto next = std::make_move_iterator(inferences->begin());
    for (const auto& part : parts) {
        const auto end = next + static_cast<std::ptrdiff_t>(part.count);
        outcomes.emplace_back(std::vector<Inference>(next, end));
        next = end;
    }
    return outcomes;
}

/// As a task's run ends by what its handler throws: the log has the text, clients do not.
Result<std::vector<Inference>> Batcher::infer(std::span<const Crop> crops) {
    try {
        auto inferences = TRY(estimator_.run(crops, all_threads));
        if (inferences.size() != crops.size())
            return fail(Code::internal, "the model gave " + std::to_string(inferences.size()) +
                                            " results for " + std::to_string(crops.size()) + " crops");
        return inferences;
    } catch (const std::exception& error) {
        log_.error("the model threw an exception", {{"what", error.what()}});
        return fail(Code::internal, "the model failed unexpectedly", "see the log");
    }
}

}  // namespace posed::estimation
