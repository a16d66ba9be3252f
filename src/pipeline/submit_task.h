#pragma once

#include <cstdint>
#include <functional>

#include "base/result.h"
#include "database/database.h"
#include "pipeline/stores.h"
#include "tasks/task.h"

namespace posed::pipeline {

/// Private to this folder: the finished task of the same recipe if its result is still there, else the open
/// one, else a new one. `describe` says what is asked for, from what the transaction sees. Errors: those of
/// `describe`; unavailable for a full queue.
[[nodiscard]] Result<tasks::Task> submit_task(
    const Stores& stores, const std::function<Result<tasks::NewTask>(database::Transaction&)>& describe,
    std::int64_t open_tasks_max);

}  // namespace posed::pipeline
