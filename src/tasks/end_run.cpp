#include "tasks/end_run.h"

namespace posed::tasks {
namespace {

using database::Transaction;

void finish(Transaction& transaction, const std::string& id, State state, std::int64_t attempts,
            const TaskError& error, std::int64_t revision) {
    transaction.execute(R"(
        UPDATE tasks SET state = :state, attempts = :attempts, finished_at = :now, revision = :revision,
                         lease_owner = NULL, lease_until = NULL,
                         error_code = :code, error_detail = :detail, error_suggestion = :suggestion
        WHERE id = :id)",
                        {{"id", id},
                         {"state", name_of(state)},
                         {"attempts", attempts},
                         {"now", transaction.now()},
                         {"revision", revision},
                         {"code", error.code},
                         {"detail", error.detail},
                         {"suggestion", error.suggestion}});
}

State waiting_after(std::int64_t attempts) {
    return attempts == 0 ? State::pending : State::retry;
}

State try_again(Transaction& transaction, const std::string& id, std::int64_t attempts,
                const TaskError& error, std::chrono::microseconds delay, std::int64_t revision) {
    const auto state = waiting_after(attempts);
    transaction.execute(R"(
        UPDATE tasks SET state = :state, attempts = :attempts, due_at = :due_at, revision = :revision,
                         announced_at = NULL, lease_owner = NULL, lease_token = NULL, lease_until = NULL,
                         error_code = :code, error_detail = :detail, error_suggestion = :suggestion
        WHERE id = :id)",
                        {{"id", id},
                         {"state", name_of(state)},
                         {"attempts", attempts},
                         {"due_at", transaction.now() + delay},
                         {"revision", revision},
                         {"code", error.code},
                         {"detail", error.detail},
                         {"suggestion", error.suggestion}});
    return state;
}

}  // namespace

State end_run(Transaction& transaction, const Task& task, Verdict verdict, const TaskError& error,
              std::int64_t revision, Random& random) {
    if (task.cancel_requested_at) {
        revoke(transaction, task.id, cancelled_error(), revision);
        return State::revoked;
    }
    const auto attempts = task.attempts + (verdict == Verdict::outage ? 0 : 1);
    if (verdict == Verdict::permanent || attempts >= max_attempts) {
        finish(transaction, task.id, State::failure, attempts, error, revision);
        return State::failure;
    }
    return try_again(transaction, task.id, attempts, error, retry_delay(attempts, random), revision);
}

State return_to_queue(Transaction& transaction, const Task& task, std::int64_t revision) {
    if (task.cancel_requested_at) {
        revoke(transaction, task.id, cancelled_error(), revision);
        return State::revoked;
    }
    const auto state = waiting_after(task.attempts);
    transaction.execute(R"(
        UPDATE tasks SET state = :state, revision = :revision, started_at = NULL, announced_at = NULL,
                         lease_owner = NULL, lease_token = NULL, lease_until = NULL
        WHERE id = :id)",
                        {{"id", task.id}, {"state", name_of(state)}, {"revision", revision}});
    return state;
}

void revoke(Transaction& transaction, const std::string& id, const TaskError& error, std::int64_t revision) {
    transaction.execute(R"(
        UPDATE tasks SET state = 'REVOKED', finished_at = :now, revision = :revision,
                         lease_owner = NULL, lease_until = NULL,
                         error_code = :code, error_detail = :detail, error_suggestion = :suggestion
        WHERE id = :id)",
                        {{"id", id},
                         {"now", transaction.now()},
                         {"revision", revision},
                         {"code", error.code},
                         {"detail", error.detail},
                         {"suggestion", error.suggestion}});
}

TaskError cancelled_error() {
    return {.code = "cancelled", .detail = "cancelled on request"};
}

TaskError worker_lost_error() {
    return {.code = "worker_lost", .detail = "the worker that ran the task has vanished or stalled"};
}

}  // namespace posed::tasks
