#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "database/database.h"
#include "tasks/lease.h"
#include "tasks/rate_meter.h"
#include "tasks/task.h"
#include "tasks/task_run.h"

namespace posed::tasks {

/// Why a run is to end before its work is done.
enum class Ending {
    cancelled,   ///< somebody asked for it
    lost,        ///< the row has ended or is somebody else's
    stalled,     ///< nothing new for the stall timeout
    handed_back  ///< the worker itself ends
};

/// A run as its worker holds it. The handler's thread is on one side, the keeper of the leases on the other.
/// The lease's end is counted here on the boot clock: a worker that was stopped or slept knows, without
/// asking, that it may have lost its work. Owned by the worker.
class LeasedRun final : public TaskRun {
  public:
    /// `until`: of the boot clock, counted from before the lease was asked for.
    LeasedRun(database::Database& database, const Clock& clock, Log& log, Task task, std::string token,
              std::chrono::microseconds until);

    [[nodiscard]] const Task& task() const noexcept { return task_; }
    [[nodiscard]] const Lease& lease() const noexcept { return lease_; }

    // For the handler.
    [[nodiscard]] const std::string& token() const noexcept override { return lease_.token; }
    [[nodiscard]] std::stop_token stop() const noexcept override { return stop_.get_token(); }
    [[nodiscard]] Log& log() noexcept override { return log_; }
    [[nodiscard]] Result<> report(std::string_view stage, std::int64_t done,
                                  std::optional<std::int64_t> total) override;
    [[nodiscard]] Result<> still_mine() override;
    [[nodiscard]] Result<TaskResult> commit(const Record& record) override;

    // For the worker, on the handler's thread after the handler.

    /// Whether `commit` has recorded a result.
    [[nodiscard]] bool recorded() const;
    [[nodiscard]] std::optional<Ending> ending() const;

    /// Commits `step` and returns the state of the task that it returned. Waits out an outage; nothing when
    /// the run is abandoned meanwhile.
    std::optional<State> settle(const std::function<std::optional<State>(database::Transaction&)>& step);

    // For the keeper's thread.

    /// The database has answered, so that whoever waits for it may try again; and the lease was renewed, if
    /// it was, until then.
    void answered(std::optional<std::chrono::microseconds> renewed_until);

    /// Only the first counts.
    void end(Ending ending);

    /// Nobody waits for the database any more.
    void abandon();

    /// Ends the run if it has said nothing new for `timeout` although it could.
    void end_if_stalled(std::chrono::microseconds timeout);

    /// Once stalled, always stalled: such a lease is not renewed, even if the handler never returns.
    [[nodiscard]] bool stalled() const;

    [[nodiscard]] std::optional<Progress> unwritten_progress() const;
    void progress_written(const Progress& progress);

  private:
    [[nodiscard]] bool leased_while_locked() const { return clock_.boot_time() < until_; }
    [[nodiscard]] Progress progress_at(std::chrono::microseconds now, std::string_view stage,
                                       std::int64_t done, std::optional<std::int64_t> total);
    [[nodiscard]] Result<TaskResult> record_once(const Record& record);
    [[nodiscard]] bool wait_for_answer_after(std::uint64_t answers);
    [[nodiscard]] std::uint64_t answers() const;

    database::Database& database_;
    const Clock& clock_;
    const Task task_;
    const Lease lease_;
    LogWithFields log_;
    std::stop_source stop_;

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::chrono::microseconds until_;
    std::chrono::microseconds last_news_;
    std::optional<Ending> ending_;
    std::optional<Progress> progress_;
    RateMeter rate_;
    std::uint64_t answers_ = 0;  ///< of the database to the keeper
    bool progress_written_ = true;
    bool stalled_ = false;
    bool recorded_ = false;
    bool abandoned_ = false;
};

}  // namespace posed::tasks
