#pragma once

#include <algorithm>
#include <chrono>
#include <optional>
#include <span>
#include <string>

#include "base/random.h"
#include "database/database.h"
#include "domain/records.h"
#include "tasks/retry.h"
#include "tasks/task.h"

/// The lease of a task: who may work on it, and until when. Its times are the database's; its owner counts
/// its own end by itself (LeasedRun), the reaper ends those that ran out (Reaper).
namespace posed::tasks {

/// How long leases last, and what follows from it. The same for all who share a database.
struct LeaseTimes {
    std::chrono::microseconds duration = std::chrono::seconds{30};

    /// How often a lease is renewed, and a worker says that it lives.
    [[nodiscard]] constexpr std::chrono::microseconds renewal_interval() const {
        return std::min<std::chrono::microseconds>(duration / 6, std::chrono::seconds{5});
    }

    /// How often to look for leases that ran out.
    [[nodiscard]] constexpr std::chrono::microseconds reaping_interval() const {
        return std::min<std::chrono::microseconds>(duration / 30, std::chrono::seconds{1});
    }
};

/// What a worker leases with. The token is new for each lease, and asked for again with the same when a
/// COMMIT had an unknown outcome.
struct LeaseRequest {
    std::string queue;
    std::string owner;  ///< the worker's id
    std::string token;
    std::span<const Capability> capabilities;
    LeaseTimes times = {};
};

/// Whether `lease` would find something. Only reads, so that idle workers hold nobody up.
[[nodiscard]] bool has_due_task(database::Transaction& transaction, const LeaseRequest& request);

/// Leases the oldest due task that the worker can serve. A row that carries the token already is the answer
/// again, with a fresh lease.
[[nodiscard]] std::optional<Task> lease(database::Transaction& transaction, const LeaseRequest& request);

/// A lease as its owner holds it.
struct Lease {
    std::string task_id;
    std::string token;
};

/// How a row stands to the one who holds, or held, the lease.
enum class Standing {
    held,       ///< go on
    cancelled,  ///< held, and to be given up: somebody asked to cancel
    recorded,   ///< ended as SUCCESS under this token
    lost        ///< ended otherwise, or somebody else's
};

[[nodiscard]] Standing standing_of(database::Transaction& transaction, const Lease& lease);

/// Moves the lease's end on, even one that has passed, as long as the row still carries the token.
void renew(database::Transaction& transaction, const Lease& lease, const LeaseTimes& times = {});

/// Writes down how far the run has come.
void record_progress(database::Transaction& transaction, const Lease& lease, const Progress& progress);

/// Ends the task as SUCCESS. False, and nothing done, without the lease or after a cancel was requested.
[[nodiscard]] bool succeed(database::Transaction& transaction, const Lease& lease, const TaskResult& result);

/// Ends the run without a result, as the verdict and the attempts so far have it. Returns the state that the
/// task is in then; nothing, and nothing done, without the lease.
[[nodiscard]] std::optional<State> fail_run(database::Transaction& transaction, const Lease& lease,
                                            Verdict verdict, const TaskError& error, Random& random);

/// Gives the task back, due at once and without counting an attempt; ends it when its cancel was requested.
/// Returns as `fail_run`.
[[nodiscard]] std::optional<State> hand_back(database::Transaction& transaction, const Lease& lease);

}  // namespace posed::tasks
