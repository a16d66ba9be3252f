#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>

#include "database/database.h"

namespace posed::tasks {

/// Wakes workers when there may be something to lease, and those who show tasks when one has changed.
/// Announcements carry nothing and may be lost, doubled or late: the rows are the truth, and idle workers
/// look at them every few seconds anyway. Used by several threads; throws nothing.
class Announcer {
  public:
    virtual ~Announcer() = default;

    /// Sees to it that at least `due` wake-ups stand in `queue`. False when they could not be passed on: the
    /// caller tries again later.
    virtual bool announce(const std::string& queue, std::int64_t due) = 0;

    /// Returns when something may be due in `queue`, when `timeout` has passed, or when a stop is requested.
    /// For one thread at a time.
    virtual void wait(const std::string& queue, std::chrono::microseconds timeout,
                      const std::stop_token& stop) = 0;

    /// That the database was asked for what is due, and has answered, since `wait` returned: the wake-up is
    /// spent. Returns at once.
    virtual void looked() {}

    /// That rows of tasks have changed: event streams are told before they look by themselves. Returns at
    /// once.
    virtual void changed() {}
};

/// Announces by the database alone: a commit of anybody wakes everybody within 50 ms. For SQLite, where
/// asking for that costs microseconds. `database` must outlive it.
[[nodiscard]] std::unique_ptr<Announcer> announce_by_database(database::Database& database);

}  // namespace posed::tasks
