#include "tasks/lease.h"

#include <tuple>

#include "tasks/end_run.h"
#include "tasks/task_row.h"

namespace posed::tasks {
namespace {

using database::Transaction;

/// A due date further away than any delay was set before somebody turned the database's clock back.
constexpr std::string_view oldest_due = R"(
    SELECT * FROM tasks
    WHERE queue = :queue AND kind = :kind AND parameter_version = :parameter_version
      AND state IN ('PENDING', 'RETRY') AND (due_at <= :now OR due_at > :latest)
      AND (estimator IS NULL
           OR (estimator = :estimator AND weights_digest = :weights_digest
               AND engine_revision = :engine_revision))
    ORDER BY created_at, id LIMIT 1)";

std::optional<Task> first_of(const database::Rows& rows) {
    return rows.empty() ? std::nullopt : std::optional(task_from(rows.front()));
}

/// What becomes of a row that is found, for a database with several writers.
constexpr std::string_view to_look;
constexpr std::string_view to_take = " FOR UPDATE SKIP LOCKED";

std::optional<Task> oldest_due_for(Transaction& transaction, const std::string& queue,
                                   const Capability& capability, std::string_view purpose) {
    const auto now = transaction.now();
    return first_of(transaction.query(std::string(oldest_due).append(purpose),
                                      {{"queue", queue},
                                       {"kind", capability.task_kind},
                                       {"parameter_version", capability.parameter_version},
                                       {"now", now},
                                       {"latest", now + longest_retry_delay},
                                       {"estimator", capability.estimator},
                                       {"weights_digest", capability.weights_digest},
                                       {"engine_revision", capability.engine_revision}}));
}

std::optional<Task> oldest_due_task(Transaction& transaction, const LeaseRequest& request,
                                    std::string_view purpose) {
    std::optional<Task> oldest;
    for (const auto& capability : request.capabilities) {
        if (capability.unavailable_reason)
            continue;
        auto task = oldest_due_for(transaction, request.queue, capability, purpose);
        if (task &&
            (!oldest || std::tie(task->created_at, task->id) < std::tie(oldest->created_at, oldest->id)))
            oldest = std::move(task);
    }
    return oldest;
}

std::optional<Task> started_under(Transaction& transaction, const std::string& token) {
    return first_of(transaction.query("SELECT * FROM tasks WHERE lease_token = :token AND state = 'STARTED'",
                                      {{"token", token}}));
}

std::optional<Task> started_task(Transaction& transaction, const Lease& lease) {
    auto task = started_under(transaction, lease.token);
    return task && task->id == lease.task_id ? std::move(task) : std::nullopt;
}

Task start(Transaction& transaction, const LeaseRequest& request, const std::string& id,
           std::int64_t revision) {
    const auto now = transaction.now();
    const auto rows = transaction.query(R"(
        UPDATE tasks SET state = 'STARTED', started_at = :now, revision = :revision, lease_owner = :owner,
                         lease_token = :token, lease_until = :until, progress_stage = NULL,
                         progress_done = NULL, progress_total = NULL, progress_rate = NULL,
                         progress_eta = NULL
        WHERE id = :id RETURNING *)",
                                        {{"id", id},
                                         {"now", now},
                                         {"revision", revision},
                                         {"owner", request.owner},
                                         {"token", request.token},
                                         {"until", now + request.times.duration}});
    return task_from(rows.at(0));
}

}  // namespace

bool has_due_task(Transaction& transaction, const LeaseRequest& request) {
    return oldest_due_task(transaction, request, to_look).has_value();
}

std::optional<Task> lease(Transaction& transaction, const LeaseRequest& request) {
    if (auto task = started_under(transaction, request.token)) {
        renew(transaction, {.task_id = task->id, .token = request.token}, request.times);
        return task;
    }
    const auto revision = next_revision(transaction);
    const auto task = oldest_due_task(transaction, request, to_take);
    return task ? std::optional(start(transaction, request, task->id, revision)) : std::nullopt;
}

Standing standing_of(Transaction& transaction, const Lease& lease) {
    const auto rows = transaction.query(
        "SELECT state, cancel_requested_at FROM tasks WHERE id = :id AND lease_token = :token",
        {{"id", lease.task_id}, {"token", lease.token}});
    if (rows.empty())
        return Standing::lost;
    const auto state = state_named(rows.front().get<std::string>("state"));
    if (state == State::success)
        return Standing::recorded;
    if (state != State::started)
        return Standing::lost;
    return rows.front().get<std::optional<Time>>("cancel_requested_at") ? Standing::cancelled
                                                                        : Standing::held;
}

void renew(Transaction& transaction, const Lease& lease, const LeaseTimes& times) {
    transaction.execute(
        "UPDATE tasks SET lease_until = :until WHERE id = :id AND lease_token = :token AND state = 'STARTED'",
        {{"id", lease.task_id}, {"token", lease.token}, {"until", transaction.now() + times.duration}});
}

void record_progress(Transaction& transaction, const Lease& lease, const Progress& progress) {
    transaction.execute(R"(
        UPDATE tasks SET progress_stage = :stage, progress_done = :done, progress_total = :total,
                         progress_rate = :rate, progress_eta = :eta, revision = :revision
        WHERE id = :id AND lease_token = :token AND state = 'STARTED')",
                        {{"id", lease.task_id},
                         {"token", lease.token},
                         {"stage", progress.stage},
                         {"done", progress.done},
                         {"total", progress.total},
                         {"rate", progress.rate},
                         {"eta", progress.eta},
                         {"revision", next_revision(transaction)}});
}

bool succeed(Transaction& transaction, const Lease& lease, const TaskResult& result) {
    return transaction.execute(R"(
        UPDATE tasks SET state = 'SUCCESS', finished_at = :now, revision = :revision, lease_owner = NULL,
                         lease_until = NULL, result_type = :type, result_id = :result, error_code = NULL, error_detail = NULL,
                         error_suggestion = NULL
        WHERE id = :id AND lease_token = :token AND state = 'STARTED' AND cancel_requested_at IS NULL)",
                               {{"id", lease.task_id},
                                {"token", lease.token},
                                {"now", transaction.now()},
                                {"revision", next_revision(transaction)},
                                {"type", result.type},
                                {"result", result.id}}) == 1;
}

std::optional<State> fail_run(Transaction& transaction, const Lease& lease, Verdict verdict,
                              const TaskError& error, Random& random) {
    const auto revision = next_revision(transaction);
    const auto task = started_task(transaction, lease);
    return task ? std::optional(end_run(transaction, *task, verdict, error, revision, random)) : std::nullopt;
}

std::optional<State> hand_back(Transaction& transaction, const Lease& lease) {
    const auto revision = next_revision(transaction);
    const auto task = started_task(transaction, lease);
    return task ? std::optional(return_to_queue(transaction, *task, revision)) : std::nullopt;
}

}  // namespace posed::tasks
