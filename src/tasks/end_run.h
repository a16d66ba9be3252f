#pragma once

#include <cstdint>
#include <string>

#include "base/random.h"
#include "database/database.h"
#include "tasks/retry.h"
#include "tasks/task.h"

/// Private to this folder: how a task goes on without a result. Each takes the `next_revision` that was drawn
/// before the row was read, so that nobody else changes it in between. A final row keeps its lease's token.
namespace posed::tasks {

/// Moves `task`, a started row, on to RETRY, FAILURE or, when its cancel was requested, REVOKED. Returns
/// which.
State end_run(database::Transaction& transaction, const Task& task, Verdict verdict, const TaskError& error,
              std::int64_t revision, Random& random);

/// Puts `task`, a started row, back as it was before the run: due at once, no attempt counted. When its
/// cancel was requested, ends it as REVOKED. Returns its state.
State return_to_queue(database::Transaction& transaction, const Task& task, std::int64_t revision);

/// Ends the open task as REVOKED.
void revoke(database::Transaction& transaction, const std::string& id, const TaskError& error,
            std::int64_t revision);

[[nodiscard]] TaskError cancelled_error();

/// Of a run whose worker has not been heard of.
[[nodiscard]] TaskError worker_lost_error();

}  // namespace posed::tasks
