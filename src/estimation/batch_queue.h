#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "base/result.h"
#include "estimation/estimator.h"

namespace posed::estimation {

struct BatchLimits {
    std::size_t size = 1;  ///< crops that are run together, at most

    /// How long a crop waits for others that fill its batch. Nothing: until no video can add another, so that
    /// what a lone video's batches consist of does not depend on time.
    std::optional<std::chrono::microseconds> delay;
};

/// A video's place in the queue.
using LaneId = std::uint64_t;

/// Crops that are run together, those of one video side by side.
struct Batch {
    struct Part {
        LaneId lane = 0;
        std::size_t count = 0;  ///< of the crops, after those of the parts before
    };

    std::vector<Crop> crops;
    std::vector<Part> parts;
};

/// Decides which crops of which videos are run together: what `Batcher` does, without its threads and with
/// the time as an argument. Each video has a lane: its crops go in and their inferences come out in the same
/// order. A batch takes one crop from each lane in turn, so a short clip never waits behind a long one. Of a
/// closed or failed lane nothing is kept, and what comes of it is dropped.
class BatchQueue {
  public:
    using Time = std::chrono::steady_clock::time_point;

    explicit BatchQueue(const BatchLimits& limits) : limits_(limits) {}

    // For the videos.

    [[nodiscard]] LaneId open();
    void close(LaneId lane);

    /// What a lane may hold: a batch that is run, and one that waits meanwhile.
    [[nodiscard]] std::size_t capacity() const noexcept { return 2 * limits_.size; }

    /// Whether the lane holds that many crops, inferences that nobody has fetched included.
    [[nodiscard]] bool full(LaneId lane) const;

    void add(LaneId id, Crop crop, Time now);

    /// The lane's next inference, or the error of its crops. Nothing while it is not there: the video then
    /// counts as one that adds no crop before it has it.
    [[nodiscard]] std::optional<Result<Inference>> fetch(LaneId id);

    // For the device, when it can take a batch.

    /// Crops that could be run now.
    [[nodiscard]] std::size_t ready() const noexcept { return ready_; }

    /// When the next batch is to be taken; `Time::min()`: at once. Nothing: not before `add` or `fetch`.
    [[nodiscard]] std::optional<Time> due() const;

    [[nodiscard]] Batch take();

    /// The outcome of a part of the batch taken.
    void finish(const Batch::Part& part, Result<std::vector<Inference>> inferences);

  private:
    struct WaitingCrop {
        Crop crop;
        Time since;
    };

    struct Lane {
        std::deque<WaitingCrop> waiting;
        std::size_t running = 0;
        std::deque<Inference> done;
        std::optional<Error> failure;  ///< after what is done
        bool blocked = false;          ///< adds nothing before its next inference
    };

    const BatchLimits limits_;
    std::map<LaneId, Lane> lanes_;
    LaneId next_ = 0;
    LaneId last_served_ = 0;
    std::size_t ready_ = 0;
};

}  // namespace posed::estimation
