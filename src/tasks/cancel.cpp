#include "tasks/cancel.h"

#include <vector>

#include "base/identifiers.h"
#include "tasks/end_run.h"
#include "tasks/find.h"
#include "tasks/task_row.h"
#include "tasks/turn.h"

namespace posed::tasks {
namespace {

using database::Transaction;

void request_cancel(Transaction& transaction, const std::string& id, std::int64_t revision) {
    transaction.execute(
        "UPDATE tasks SET cancel_requested_at = :now, revision = :revision "
        "WHERE id = :id AND cancel_requested_at IS NULL",
        {{"id", id}, {"now", transaction.now()}, {"revision", revision}});
}

std::vector<std::string> ids_of(const database::Rows& rows) {
    std::vector<std::string> ids;
    for (const auto& row : rows)
        ids.push_back(row.get<std::string>("id"));
    return ids;
}

std::int64_t revoke_all(Transaction& transaction, std::string_view open_tasks, std::int64_t subject) {
    const TaskError error{.code = std::string(subject_deleted_code),
                          .detail = "what the task was about has been deleted"};
    auto revision = next_revision(transaction);
    const auto ids = ids_of(transaction.query(open_tasks, {{"subject", subject}}));
    for (const auto& id : ids) {
        revoke(transaction, id, error, revision);
        revision = next_revision(transaction);
    }
    return static_cast<std::int64_t>(ids.size());
}

}  // namespace

std::optional<Task> cancel(Transaction& transaction, const std::string& id) {
    const auto revision = next_revision(transaction);
    auto task = find_task(transaction, id);
    if (!task || is_final(task->state))
        return task;
    if (task->state == State::started)
        request_cancel(transaction, id, revision);
    else
        revoke(transaction, id, cancelled_error(), revision);
    return find_task(transaction, id);
}

std::int64_t end_tasks_about(Transaction& transaction, const Subjects& subjects) {
    std::int64_t ended = 0;
    if (subjects.video)
        ended +=
            revoke_all(transaction, "SELECT id FROM tasks WHERE finished_at IS NULL AND video_id = :subject",
                       *subjects.video);
    if (subjects.estimation)
        ended += revoke_all(transaction,
                            "SELECT id FROM tasks WHERE finished_at IS NULL AND estimation_id = :subject",
                            *subjects.estimation);
    return ended;
}

std::int64_t mark_result_deleted(Transaction& transaction, std::string_view type, std::int64_t id) {
    auto revision = next_revision(transaction);
    const auto ids = ids_of(transaction.query(
        "SELECT id FROM tasks WHERE result_type = :type AND result_id = :result AND result_deleted = 0",
        {{"type", type}, {"result", id}}));
    for (const auto& task : ids) {
        transaction.execute("UPDATE tasks SET result_deleted = 1, revision = :revision WHERE id = :id",
                            {{"id", task}, {"revision", revision}});
        revision = next_revision(transaction);
    }
    return static_cast<std::int64_t>(ids.size());
}

std::int64_t delete_old_tasks(Transaction& transaction, Time retention) {
    take_turn(transaction);
    return transaction.execute("DELETE FROM tasks WHERE finished_at <= :latest",
                               {{"latest", transaction.now() - retention}});
}

bool was_deleted_for_age(Transaction& transaction, std::string_view id, Time retention) {
    const auto uuid = parse_uuid_v7(id);
    return uuid && uuid->time + retention <= transaction.now();
}

}  // namespace posed::tasks
