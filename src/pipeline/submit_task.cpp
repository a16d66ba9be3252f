#include "pipeline/submit_task.h"

#include <optional>

#include "base/identifiers.h"
#include "tasks/submit.h"
#include "tasks/turn.h"

namespace posed::pipeline {
namespace {

using Describe = std::function<Result<tasks::NewTask>(database::Transaction&)>;

/// Only reads, so that asking for what is there already waits for no writer.
Result<std::optional<tasks::Task>> find_finished(const Stores& stores, const Describe& describe) {
    auto transaction = stores.database.read();
    const auto task = TRY(describe(transaction));
    return tasks::newest_success(transaction, task.recipe_hash);
}

}  // namespace

Result<tasks::Task> submit_task(const Stores& stores, const Describe& describe, std::int64_t open_tasks_max) {
    if (auto finished = TRY(find_finished(stores, describe)))
        return *std::move(finished);
    auto transaction = stores.database.write();
    tasks::take_turn(transaction);                 // whoever removes its subject from now on finds the task
    const auto task = TRY(describe(transaction));  // again: its subject may be gone by now
    if (auto finished = tasks::newest_success(transaction, task.recipe_hash))
        return *std::move(finished);
    auto submission =
        TRY(tasks::submit(transaction, new_uuid_v7(stores.clock, stores.random), task, open_tasks_max));
    transaction.commit();
    return std::move(submission.task);
}

}  // namespace posed::pipeline
