#pragma once

#include <chrono>
#include <string>

#include "base/metrics.h"
#include "tasks/task.h"

namespace posed::tasks {

/// How a run ended, as it is counted.
enum class RunOutcome { success, failure, retry, cancelled, lost, handed_back };

[[nodiscard]] const char* name_of(RunOutcome outcome) noexcept;

/// What a worker counts. Time in the queue and time of work are apart.
class RunMetrics {
  public:
    explicit RunMetrics(Metrics& metrics) : metrics_(metrics) {}

    /// A run begins that was due since `due_at` and was leased at `started_at`.
    void began(const Task& task);
    void ended(const std::string& kind, RunOutcome outcome, std::chrono::microseconds duration);

  private:
    Metrics& metrics_;
};

}  // namespace posed::tasks
