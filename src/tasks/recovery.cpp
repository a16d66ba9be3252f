#include "tasks/recovery.h"

#include <string>

#include "database/workers.h"
#include "tasks/end_run.h"
#include "tasks/find.h"
#include "tasks/task_row.h"

namespace posed::tasks {
namespace {

using database::Transaction;

/// Ends the run of every task that the query gives.
std::int64_t end_runs(Transaction& transaction, const char* started, const database::Parameters& parameters,
                      Random& random) {
    auto revision = next_revision(transaction);  // from here on nobody else changes a task
    std::int64_t ended = 0;
    for (const auto& row : transaction.query(started, parameters)) {
        const auto task = find_task(transaction, row.get<std::string>("id")).value();
        end_run(transaction, task, Verdict::transient, worker_lost_error(), revision, random);
        revision = next_revision(transaction);
        ++ended;
    }
    return ended;
}

}  // namespace

std::int64_t end_everything_unfinished(database::Database& database, Random& random) {
    constexpr std::chrono::microseconds ever{0};
    auto transaction = database.write();
    const auto ended =
        end_runs(transaction, "SELECT id FROM tasks WHERE state = 'STARTED' ORDER BY id", {}, random);
    database::Workers workers(transaction);
    for (const auto& worker : workers.live(ever))
        workers.end(worker.id);
    transaction.commit();
    return ended;
}

std::int64_t end_unfinished_of(const std::string& worker, database::Database& database, Random& random) {
    auto transaction = database.write();
    const auto ended = end_runs(
        transaction, "SELECT id FROM tasks WHERE state = 'STARTED' AND lease_owner = :worker ORDER BY id",
        {{"worker", worker}}, random);
    database::Workers(transaction).end(worker);
    transaction.commit();
    return ended;
}

}  // namespace posed::tasks
