#include "tasks/recovery.h"

#include <optional>
#include <string>

#include "database/workers.h"
#include "tasks/end_run.h"
#include "tasks/find.h"
#include "tasks/task_row.h"

namespace posed::tasks {
namespace {

std::optional<std::string> started_task(database::Transaction& transaction) {
    const auto rows = transaction.query("SELECT id FROM tasks WHERE state = 'STARTED' ORDER BY id LIMIT 1");
    return rows.empty() ? std::nullopt : std::optional(rows.front().get<std::string>("id"));
}

}  // namespace

std::int64_t end_everything_unfinished(database::Database& database, Random& random) {
    constexpr std::chrono::microseconds ever{0};
    std::int64_t ended = 0;
    auto transaction = database.write();
    auto revision = next_revision(transaction);
    while (const auto id = started_task(transaction)) {
        const auto task = find_task(transaction, *id).value();
        end_run(transaction, task, Verdict::transient, worker_lost_error(), revision, random);
        revision = next_revision(transaction);
        ++ended;
    }
    database::Workers workers(transaction);
    for (const auto& worker : workers.live(ever))
        workers.end(worker.id);
    transaction.commit();
    return ended;
}

}  // namespace posed::tasks
