#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/random.h"
#include "base/result.h"
#include "database/database.h"
#include "domain/records.h"
#include "tasks/announcer.h"
#include "tasks/lease.h"
#include "tasks/lease_keeper.h"
#include "tasks/leased_run.h"
#include "tasks/run_metrics.h"
#include "tasks/task.h"
#include "tasks/task_run.h"

namespace posed::tasks {

/// What a worker needs of its surroundings; all of it outlives the worker.
struct WorkerSurroundings {
    database::Database& database;
    Announcer& announcer;  ///< of this worker alone
    const Clock& clock;
    Random& random;
    Log& log;
    Metrics& metrics;
};

struct WorkerTimes {
    LeaseTimes lease;
    std::chrono::microseconds stall_timeout = std::chrono::seconds{120};
    std::chrono::microseconds poll_interval =
        std::chrono::seconds{5};  ///< of an idle worker, without announcements
    std::chrono::microseconds finishing = std::chrono::seconds{5};  ///< what runs have left after a stop
    std::chrono::microseconds stopping = std::chrono::seconds{9};   ///< after that nobody waits for handlers
};

/// Leases tasks of one queue and carries them out, several at a time. A handler's error, exception or stall
/// ends one run of one task and disturbs no other. `run` from one thread; handlers are called on threads of
/// the worker's, one per slot.
class Worker {
  public:
    /// Carries out a run. Returns what `TaskRun::commit` returned, or a result that was there already.
    using Handler = std::function<Result<TaskResult>(const Task&, TaskRun&)>;

    /// `record` is how it registers: under an id of its own, new for every start. Its capabilities are what
    /// it leases, and each of their kinds needs a handler.
    Worker(const WorkerSurroundings& surroundings, WorkerRecord record,
           std::map<std::string, Handler> handlers, const WorkerTimes& times = {});
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    /// Works until `stop` is requested: then it leases no more, lets its runs finish for a while, stops those
    /// that have not and gives their tasks back. Returns when the last handler has returned; one that does
    /// not listen keeps it, but not its task, which is given back within `WorkerTimes::stopping`.
    void run(const std::stop_token& stop);

    // What `run` consists of, for who drives it by hand.

    /// Carries the next task out on this thread; false when none is due.
    bool run_next();

    /// Does what the passing of time asks for. For one thread, which need not be the one of `run_next`.
    void tick(const std::stop_token& stop);

  private:
    void serve(const std::stop_token& stop);
    void keep(const std::stop_token& done, const std::stop_token& stop);
    void wind_up();
    [[nodiscard]] std::shared_ptr<LeasedRun> wait_for_run(const std::stop_token& stop);
    [[nodiscard]] std::shared_ptr<LeasedRun> lease_next();
    [[nodiscard]] std::optional<Task> lease_task();
    [[nodiscard]] bool is_due(const LeaseRequest& request);
    void carry_out(LeasedRun& run);
    [[nodiscard]] Result<TaskResult> call_handler(LeasedRun& run);
    [[nodiscard]] RunOutcome settle(LeasedRun& run, Result<TaskResult> result);

    const WorkerSurroundings with_;
    const WorkerRecord record_;
    const std::map<std::string, Handler> handlers_;
    const WorkerTimes times_;
    RunMetrics metrics_;
    LeaseKeeper keeper_;

    std::mutex turn_;    ///< slots wait for tasks one after another
    std::string token_;  ///< of the next lease
    bool lease_in_doubt_ = false;

    // Of the thread that ticks.
    std::optional<std::chrono::microseconds> stop_seen_at_;
    bool abandoned_ = false;
};

}  // namespace posed::tasks
