#include "tasks/outbox.h"

#include <string>
#include <vector>

namespace posed::tasks {
namespace {

struct DueQueue {
    std::string name;
    std::int64_t due;
};

std::vector<DueQueue> queues_to_announce(database::Database& database, Time& now) {
    auto transaction = database.read();
    now = transaction.now();
    std::vector<DueQueue> queues;
    for (const auto& row : transaction.query(R"(
            SELECT queue, COUNT(*) AS due FROM tasks
            WHERE state IN ('PENDING', 'RETRY') AND due_at <= :now
            GROUP BY queue HAVING COUNT(*) > COUNT(announced_at) ORDER BY queue)",
                                             {{"now", now}}))
        queues.push_back({row.get<std::string>("queue"), row.get<std::int64_t>("due")});
    return queues;
}

}  // namespace

void announce_due(database::Database& database, Announcer& announcer) {
    Time now{0};
    for (const auto& [queue, due] : queues_to_announce(database, now)) {
        if (!announcer.announce(queue, due))
            continue;
        auto transaction = database.write();
        transaction.execute(R"(
            UPDATE tasks SET announced_at = :now
            WHERE queue = :queue AND state IN ('PENDING', 'RETRY') AND due_at <= :now
              AND announced_at IS NULL)",
                            {{"queue", queue}, {"now", now}});
        transaction.commit();
    }
}

}  // namespace posed::tasks
