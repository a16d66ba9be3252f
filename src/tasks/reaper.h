#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "database/database.h"
#include "tasks/lease.h"

namespace posed::tasks {

/// Ends the runs whose leases ran out: their workers died, hang or cannot reach the database. It acts only
/// after it has itself seen the database up, open to writers, and its time pass evenly, for a whole lease; so
/// after an outage, a long lock, a sleep of the machine or a jump of the clock every living worker has had
/// the time to renew. Any number may run, in any processes. One thread.
class Reaper {
  public:
    Reaper(database::Database& database, const Clock& clock, Random& random, Log& log,
           const LeaseTimes& times = {});

    /// To be called every `LeaseTimes::reaping_interval`. Returns how many runs it ended; counts an attempt
    /// for each.
    std::int64_t tick();

  private:
    struct Sight {
        std::chrono::microseconds boot_time;
        std::chrono::microseconds database_time;
        std::chrono::microseconds
            answered_at;  ///< of the boot clock again: the answer may have taken its time
    };

    /// What the database did over a longer time than this is not known.
    [[nodiscard]] std::chrono::microseconds longest_silence() const { return 10 * times_.reaping_interval(); }
    [[nodiscard]] bool steady(const Sight& sight) const;
    void observe();
    std::int64_t end_expired();

    database::Database& database_;
    const Clock& clock_;
    Random& random_;
    Log& log_;
    const LeaseTimes times_;
    std::optional<Sight> last_;                  ///< nothing while the database is away
    std::chrono::microseconds steady_since_{0};  ///< of the boot clock
};

}  // namespace posed::tasks
