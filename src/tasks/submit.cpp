#include "tasks/submit.h"

#include "tasks/task_row.h"

namespace posed::tasks {
namespace {

/// The predicate of the ON CONFLICT is that of the unique index, word for word.
constexpr std::string_view insert_or_join = R"(
    INSERT INTO tasks (id, kind, queue, parameters, parameter_version, recipe_hash,
                       estimator, weights_digest, engine_revision, video_id, estimation_id, state, revision, created_at, due_at)
    VALUES (:id, :kind, :queue, :parameters, :parameter_version, :recipe_hash,
            :estimator, :weights_digest, :engine_revision, :video, :estimation, 'PENDING', :revision, :now, :now)
    ON CONFLICT (recipe_hash) WHERE finished_at IS NULL AND cancel_requested_at IS NULL
    DO UPDATE SET submits = tasks.submits + 1, revision = excluded.revision
    RETURNING *)";

database::Parameters parameters_of(const std::string& id, const NewTask& task) {
    database::Parameters parameters{{"id", id},
                                    {"kind", task.kind},
                                    {"queue", task.queue},
                                    {"parameters", task.parameters},
                                    {"parameter_version", task.parameter_version},
                                    {"recipe_hash", task.recipe_hash},
                                    {"video", task.subjects.video},
                                    {"estimation", task.subjects.estimation},
                                    {"estimator", {}},
                                    {"weights_digest", {}},
                                    {"engine_revision", {}}};
    if (task.pins) {
        parameters[8].value = task.pins->estimator;
        parameters[9].value = task.pins->weights_digest;
        parameters[10].value = task.pins->engine_revision;
    }
    return parameters;
}

std::int64_t open_tasks(database::Transaction& transaction, const std::string& queue) {
    return transaction
        .query(
            "SELECT (SELECT COUNT(*) FROM tasks WHERE queue = :queue AND state IN ('PENDING', 'RETRY'))"
            "     + (SELECT COUNT(*) FROM tasks WHERE queue = :queue AND state = 'STARTED') AS open_tasks",
            {{"queue", queue}})
        .at(0)
        .get<std::int64_t>("open_tasks");
}

}  // namespace

Result<Submission> submit(database::Transaction& transaction, const std::string& id, const NewTask& task,
                          std::int64_t open_tasks_max) {
    auto parameters = parameters_of(id, task);
    parameters.push_back({"revision", next_revision(transaction)});
    parameters.push_back({"now", transaction.now()});
    auto row = task_from(transaction.query(insert_or_join, parameters).at(0));
    const bool joined = row.id != id;
    if (!joined && open_tasks(transaction, task.queue) > open_tasks_max)
        return fail(
            Code::unavailable,
            "the queue " + task.queue + " is full: " + std::to_string(open_tasks_max) + " tasks wait or run",
            "try again in " + std::to_string(full_queue_retry_after.count()) + " seconds");
    return Submission{.task = std::move(row), .joined = joined};
}

std::optional<Task> newest_success(database::Transaction& transaction, std::string_view recipe_hash) {
    const auto rows = transaction.query(
        "SELECT * FROM tasks WHERE recipe_hash = :recipe_hash AND state = 'SUCCESS' AND result_deleted = 0 "
        "ORDER BY finished_at DESC, id DESC LIMIT 1",
        {{"recipe_hash", recipe_hash}});
    return rows.empty() ? std::nullopt : std::optional(task_from(rows.front()));
}

}  // namespace posed::tasks
