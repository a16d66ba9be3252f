#include "tasks/live_workers.h"

#include <string_view>

#include "database/workers.h"
#include "tasks/capability.h"

namespace posed::tasks {
namespace {

constexpr std::size_t shown_digits = 12;  ///< of a digest

std::string wanted_by(const NewTask& task) {
    std::string wanted = "a worker of the queue " + task.queue + " that runs " + task.kind +
                         " (parameters of version " + std::to_string(task.parameter_version) + ")";
    if (const auto& pins = task.pins)
        wanted += " with " + pins->estimator + " (weights " + pins->weights_digest.substr(0, shown_digits) +
                  ", engine revision " + std::to_string(pins->engine_revision) + ")";
    return wanted;
}

/// Whether it is this capability that the task needs, could the worker only use it.
bool is_wanted(const Capability& capability, const NewTask& task) {
    return capability.unavailable_reason && capability.task_kind == task.kind &&
           (!task.pins || capability.estimator == task.pins->estimator);
}

}  // namespace

void record_heartbeat(database::Transaction& transaction, const WorkerRecord& worker) {
    database::Workers workers(transaction);
    if (workers.heartbeat(worker.id))
        return;
    workers.add(worker);
    workers.forget(transaction.now() - heartbeat_timeout);
}

std::optional<std::string> waiting_for(database::Transaction& transaction, const Task& task) {
    if (task.state != State::pending && task.state != State::retry)
        return std::nullopt;
    auto wanted = wanted_by(task.request);
    for (const auto& worker : database::Workers(transaction).live(transaction.now() - heartbeat_timeout)) {
        if (worker.queue != task.request.queue)
            continue;
        for (const auto& capability : worker.capabilities) {
            if (serves(capability, task.request))
                return std::nullopt;
            if (is_wanted(capability, task.request))
                wanted += "; one that is there cannot: " + *capability.unavailable_reason;
        }
    }
    return wanted;
}

}  // namespace posed::tasks
