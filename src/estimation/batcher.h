#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "base/log.h"
#include "base/metrics.h"
#include "base/result.h"
#include "estimation/batch_queue.h"
#include "estimation/estimator.h"

namespace posed::estimation {

class Batcher;

/// What is counted of an estimator's batches when they are formed. How full they are: crops over places.
struct BatchCounters {
    Counter batches;
    Counter crops;
    Counter places;  ///< what those batches had room for
};

/// The same counters for the same estimator; `metrics` outlives them.
[[nodiscard]] BatchCounters batch_counters(Metrics& metrics, const std::string& estimator);

/// The way of one video's crops through a `Batcher`. Used by one thread; destroyed before the batcher.
class CropLane {
  public:
    CropLane(Batcher& batcher, std::stop_token stop);
    CropLane(const CropLane&) = delete;
    CropLane& operator=(const CropLane&) = delete;

    /// Crops that have not been run are dropped, whoever else goes on.
    ~CropLane();

    [[nodiscard]] std::size_t capacity() const noexcept;

    /// Whether the lane holds what it may: `next` is to be called before `add`.
    [[nodiscard]] bool full() const;

    void add(Crop crop);

    /// The inference of the oldest crop that was added and has not been asked for; waits for it. Errors: that
    /// of the estimator for this video's crops, after which the lane is of no more use; cancelled when the
    /// video is to stop.
    [[nodiscard]] Result<Inference> next();

  private:
    Batcher& batcher_;
    const std::stop_token stop_;
    const LaneId id_;
};

/// Runs an estimator's crops in batches over all videos that are estimated at once, on as many threads of its
/// own as the estimator wants batches at once: full ones where there are crops enough, and smaller ones
/// rather than have a crop wait longer than the delay. When a batch fails, each video's crops are run by
/// themselves, and the failure is that of the video whose crops fail then. Estimator and log outlive it.
/// Thread-safe.
class Batcher {
  public:
    Batcher(Estimator& estimator, const BatchLimits& limits, Log& log,
            const std::optional<BatchCounters>& counters = {});

    /// For the crops of a video whose run ends when `stop` is requested.
    [[nodiscard]] std::unique_ptr<CropLane> open_lane(std::stop_token stop);

  private:
    friend class CropLane;
    using Outcome = Result<std::vector<Inference>>;  ///< of a part of a batch

    void work(const std::stop_token& stop);
    void count(const Batch& batch);
    [[nodiscard]] std::vector<Outcome> run(std::span<const Crop> crops, std::span<const Batch::Part> parts);
    [[nodiscard]] Result<std::vector<Inference>> infer(std::span<const Crop> crops);

    Estimator& estimator_;
    Log& log_;
    const std::size_t size_;  ///< of a full batch
    std::optional<BatchCounters> counters_;
    mutable std::mutex mutex_;
    std::condition_variable_any added_;     ///< a crop, or the news that a video waits
    std::condition_variable_any finished_;  ///< a batch
    BatchQueue queue_;
    std::uint64_t batches_taken_ = 0, batches_finished_ = 0;
    std::vector<std::jthread> threads_;  ///< last: they use what stands above
};

}  // namespace posed::estimation
