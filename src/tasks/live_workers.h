#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "database/database.h"
#include "domain/records.h"
#include "tasks/task.h"

namespace posed::tasks {

/// A worker whose last heartbeat is older has died, or cannot reach the database.
inline constexpr std::chrono::seconds heartbeat_timeout{30};

/// Says that the worker lives; the first time, and whenever its row is gone, registers it in the place of
/// those that have died.
void record_heartbeat(database::Transaction& transaction, const WorkerRecord& worker);

/// What a waiting task lacks when no live worker can serve it, for people to read. Nothing when one can, or
/// when the task does not wait.
[[nodiscard]] std::optional<std::string> waiting_for(database::Transaction& transaction, const Task& task);

}  // namespace posed::tasks
