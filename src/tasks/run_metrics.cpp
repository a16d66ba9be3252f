#include "tasks/run_metrics.h"

#include <algorithm>

namespace posed::tasks {
namespace {

double seconds(std::chrono::microseconds duration) {
    return std::chrono::duration<double>(duration).count();
}

}  // namespace

const char* name_of(RunOutcome outcome) noexcept {
    switch (outcome) {
        case RunOutcome::success:
            return "success";
        case RunOutcome::failure:
            return "failure";
        case RunOutcome::retry:
            return "retry";
        case RunOutcome::cancelled:
            return "cancelled";
        case RunOutcome::lost:
            return "lost";
        case RunOutcome::handed_back:
            return "handed_back";
    }
    return "lost";
}

void RunMetrics::began(const Task& task) {
    const Metrics::Labels kind{{"kind", task.request.kind}};
    metrics_.counter("posed_task_runs_total", "Runs of tasks that began.", kind).add();
    const auto waited = task.started_at.value_or(task.due_at) - task.due_at;
    metrics_.histogram("posed_task_queue_seconds", "How long due tasks waited for a worker.", kind)
        .observe(std::max(0.0, seconds(waited)));
}

void RunMetrics::ended(const std::string& kind, RunOutcome outcome, std::chrono::microseconds duration) {
    metrics_
        .counter("posed_task_run_outcomes_total", "Runs of tasks that ended, by how they did.",
                 {{"kind", kind}, {"outcome", name_of(outcome)}})
        .add();
    metrics_.histogram("posed_task_run_seconds", "How long runs of tasks took.", {{"kind", kind}})
        .observe(seconds(duration));
}

}  // namespace posed::tasks
