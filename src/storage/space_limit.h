#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <utility>

#include "base/clock.h"
#include "base/result.h"

namespace posed::storage {

/// Holds all writers of a store together to a number of bytes. Thread-safe.
class SpaceLimit {
  public:
    using Measure = std::function<Result<std::uint64_t>()>;

    /// `measure` tells what is there. It is asked again when its last answer is older than `measured_for`,
    /// and before anything is refused.
    SpaceLimit(std::optional<std::uint64_t> max_bytes, Measure measure, const Clock& clock)
        : max_bytes_(max_bytes), measure_(std::move(measure)), clock_(clock) {}

    /// Before `bytes` are written. Errors: storage_full, those of the measure.
    [[nodiscard]] Result<> take(std::uint64_t bytes);

    /// What was taken is there no more.
    void give_back(std::uint64_t bytes) noexcept;

    /// Of `used` bytes, how many are left under the limit; nothing without one.
    [[nodiscard]] std::optional<std::uint64_t> left(std::uint64_t used) const noexcept;

  private:
    [[nodiscard]] Result<> measure_while_locked();

    std::optional<std::uint64_t> max_bytes_;
    Measure measure_;
    const Clock& clock_;
    std::mutex mutex_;
    std::uint64_t used_ = 0;
    std::optional<std::chrono::microseconds> measured_at_;
};

}  // namespace posed::storage
