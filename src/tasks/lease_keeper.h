#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "database/database.h"
#include "tasks/leased_run.h"

namespace posed::tasks {

/// Keeps the leases of a worker's runs, writes their progress down, and tells each run when it is to end. One
/// transaction serves all of them, at most one every `look_interval`, and it writes only when there is
/// something to write. `add` and `remove` from any thread, `tick` from one.
class LeaseKeeper {
  public:
    static constexpr std::chrono::milliseconds look_interval{500};  ///< how late a cancel may be seen

    /// `heartbeat` says, in a transaction of the keeper's, that the worker lives; called with each renewal.
    LeaseKeeper(database::Database& database, const Clock& clock, Log& log, const LeaseTimes& times,
                std::chrono::microseconds stall_timeout,
                std::function<void(database::Transaction&)> heartbeat);

    void add(std::shared_ptr<LeasedRun> run);
    void remove(const LeasedRun& run);

    /// Does what is due by the boot clock. To be called several times a second. Returns whether progress was
    /// written.
    bool tick();

    /// All runs are to end; the database need not answer for that.
    void end_all(Ending ending);

    /// Nobody waits for the database any more. Gives the tasks of all runs back, if it answers, whether or
    /// not their handlers have listened.
    void abandon_all();

  private:
    using Runs = std::vector<std::shared_ptr<LeasedRun>>;

    [[nodiscard]] Runs runs() const;
    bool look_at(const Runs& runs, std::chrono::microseconds now);
    void look(const Runs& runs);
    void write(const Runs& runs, bool renewal_due);
    void note(bool answered);

    database::Database& database_;
    const Clock& clock_;
    Log& log_;
    const LeaseTimes times_;
    const std::chrono::microseconds stall_timeout_;
    const std::function<void(database::Transaction&)> heartbeat_;
    std::chrono::microseconds next_look_{0};
    std::chrono::microseconds next_renewal_{0};
    bool answering_ = true;

    mutable std::mutex mutex_;
    Runs runs_;
};

}  // namespace posed::tasks
