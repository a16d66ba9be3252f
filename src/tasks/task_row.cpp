#include "tasks/task_row.h"

#include <string>

namespace posed::tasks {
namespace {

using database::Row;

State state_from(const Row& row) {
    return state_named(row.get<std::string>("state")).value();
}

std::optional<Pins> pins_from(const Row& row) {
    auto estimator = row.get<std::optional<std::string>>("estimator");
    if (!estimator)
        return std::nullopt;
    return Pins{.estimator = *std::move(estimator),
                .weights_digest = row.get<std::string>("weights_digest"),
                .engine_revision = row.get<std::int64_t>("engine_revision")};
}

std::optional<Progress> progress_from(const Row& row) {
    auto stage = row.get<std::optional<std::string>>("progress_stage");
    if (!stage)
        return std::nullopt;
    return Progress{.stage = *std::move(stage),
                    .done = row.get<std::int64_t>("progress_done"),
                    .total = row.get<std::optional<std::int64_t>>("progress_total"),
                    .rate = row.get<std::optional<double>>("progress_rate"),
                    .eta = row.get<std::optional<Time>>("progress_eta")};
}

std::optional<TaskError> error_from(const Row& row) {
    auto code = row.get<std::optional<std::string>>("error_code");
    if (!code)
        return std::nullopt;
    return TaskError{.code = *std::move(code),
                     .detail = row.get<std::string>("error_detail"),
                     .suggestion = row.get<std::string>("error_suggestion")};
}

std::optional<TaskResult> result_from(const Row& row) {
    auto type = row.get<std::optional<std::string>>("result_type");
    if (!type)
        return std::nullopt;
    return TaskResult{.type = *std::move(type),
                      .id = row.get<std::int64_t>("result_id"),
                      .deleted = row.get<bool>("result_deleted")};
}

NewTask request_from(const Row& row) {
    return {.kind = row.get<std::string>("kind"),
            .queue = row.get<std::string>("queue"),
            .parameters = row.get<std::string>("parameters"),
            .parameter_version = row.get<std::int64_t>("parameter_version"),
            .recipe_hash = row.get<std::string>("recipe_hash"),
            .pins = pins_from(row),
            .subjects = {.video = row.get<std::optional<std::int64_t>>("video_id"),
                         .estimation = row.get<std::optional<std::int64_t>>("estimation_id")}};
}

}  // namespace

Task task_from(const Row& row) {
    return {.id = row.get<std::string>("id"),
            .request = request_from(row),
            .state = state_from(row),
            .submits = row.get<std::int64_t>("submits"),
            .attempts = row.get<std::int64_t>("attempts"),
            .revision = row.get<std::int64_t>("revision"),
            .progress = progress_from(row),
            .error = error_from(row),
            .result = result_from(row),
            .cancel_requested_at = row.get<std::optional<Time>>("cancel_requested_at"),
            .created_at = row.get<Time>("created_at"),
            .due_at = row.get<Time>("due_at"),
            .started_at = row.get<std::optional<Time>>("started_at"),
            .finished_at = row.get<std::optional<Time>>("finished_at")};
}

std::int64_t next_revision(database::Transaction& transaction) {
    const auto rows = transaction.query(
        "INSERT INTO task_revisions (id, newest) VALUES (1, 1) "
        "ON CONFLICT (id) DO UPDATE SET newest = task_revisions.newest + 1 RETURNING newest");
    return rows.at(0).get<std::int64_t>("newest");
}

}  // namespace posed::tasks
