#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "database/database.h"
#include "tasks/task.h"

namespace posed::tasks {

struct Submission {
    Task task;
    bool joined = false;  ///< the task was open already
};

/// What to tell a client whose submit was refused for the queue's length: a task takes about that long.
inline constexpr std::chrono::seconds full_queue_retry_after{30};

/// Records the task under the new `id` (a UUID version 7), or joins the open task of the same recipe; one
/// whose cancel was requested is not joined. Of any number of callers exactly one makes the row. Errors:
/// unavailable when the queue has `open_tasks_max` open tasks besides; the transaction must then not be
/// committed.
[[nodiscard]] Result<Submission> submit(database::Transaction& transaction, const std::string& id,
                                        const NewTask& task, std::int64_t open_tasks_max);

/// The newest finished task of the recipe whose result is still there.
[[nodiscard]] std::optional<Task> newest_success(database::Transaction& transaction,
                                                 std::string_view recipe_hash);

}  // namespace posed::tasks
