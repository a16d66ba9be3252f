#pragma once

#include <cstdint>

#include "database/database.h"
#include "tasks/task.h"

/// Private to this folder: what all statements on the table share.
namespace posed::tasks {

/// A row of `SELECT *` or `RETURNING *`.
[[nodiscard]] Task task_from(const database::Row& row);

/// The number for the row that is written next. Drawn before the row is read or written, and its counter is
/// held until the end of the transaction: so writers of tasks go one after another on every database, and
/// revisions become visible in their order.
[[nodiscard]] std::int64_t next_revision(database::Transaction& transaction);

}  // namespace posed::tasks
