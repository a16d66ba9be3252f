#include "tasks/outbox.h"

#include <string>
#include <vector>

#include "tasks/task.h"
#include "tasks/turn.h"

namespace posed::tasks {
namespace {

struct DueQueue {
    std::string name;
    std::int64_t due;
    std::int64_t announced;  ///< of those
    Time seen_at;
};

std::vector<DueQueue> due_queues(database::Database& database) {
    auto transaction = database.read();
    const auto now = transaction.now();
    std::vector<DueQueue> queues;
    for (const auto& row : transaction.query(R"(
            SELECT queue, COUNT(*) AS due, COUNT(announced_at) AS announced FROM tasks
            WHERE state IN ('PENDING', 'RETRY') AND due_at <= :now
            GROUP BY queue ORDER BY queue)",
                                             {{"now", now}}))
        queues.push_back({row.get<std::string>("queue"), row.get<std::int64_t>("due"),
                          row.get<std::int64_t>("announced"), now});
    return queues;
}

void mark_announced(database::Database& database, const DueQueue& queue) {
    auto transaction = database.write();
    take_turn(transaction);
    transaction.execute(R"(
        UPDATE tasks SET announced_at = :now
        WHERE queue = :queue AND state IN ('PENDING', 'RETRY') AND due_at <= :now AND announced_at IS NULL)",
                        {{"queue", queue.name}, {"now", queue.seen_at}});
    transaction.commit();
}

}  // namespace

void announce_due(database::Database& database, Announcer& announcer) {
    for (const auto& queue : due_queues(database))
        if (announcer.announce(queue.name, queue.due) && queue.announced < queue.due)
            mark_announced(database, queue);
}

}  // namespace posed::tasks
