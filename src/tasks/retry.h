#pragma once

#include <chrono>
#include <cstdint>

#include "base/random.h"
#include "base/result.h"

namespace posed::tasks {

/// Runs that may fail or vanish before a task is given up.
inline constexpr std::int64_t max_attempts = 3;

inline constexpr std::chrono::seconds first_retry_delay{2};
inline constexpr std::chrono::seconds longest_retry_delay{60};

/// What a failed run means for its task.
enum class Verdict {
    permanent,  ///< the caller's mistake: it would fail again
    transient,  ///< may go better next time; counts as an attempt
    outage      ///< something that the work needs was away; does not count as an attempt
};

[[nodiscard]] Verdict verdict_on(Code code) noexcept;

/// How long to wait before the next run: doubled with every attempt, at most `longest_retry_delay`, and of
/// that a random share of at least half, so that tasks which failed together do not come back together.
[[nodiscard]] std::chrono::microseconds retry_delay(std::int64_t attempts, Random& random);

}  // namespace posed::tasks
