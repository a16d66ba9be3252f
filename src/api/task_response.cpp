#include "api/task_response.h"

#include <chrono>

#include "pipeline/task_parameters.h"
#include "tasks/find.h"
#include "tasks/live_workers.h"

namespace posed::api {
namespace {

using tasks::State;

std::optional<Timestamp> timestamp(const std::optional<tasks::Time>& time) {
    return time ? std::optional(Timestamp(*time)) : std::nullopt;
}

double seconds(tasks::Time duration) {
    return std::chrono::duration<double>(duration).count();
}

std::optional<TaskProgress> progress_of(const tasks::Task& task) {
    if (!task.progress)
        return {};
    const auto& [stage, done, total, rate, eta] = *task.progress;
    return TaskProgress{.stage = stage,
                        .unit = stage == pipeline::storing_stage ? "bytes" : "frames",
                        .done = done,
                        .total = total,
                        .rate = rate,
                        .eta = timestamp(eta)};
}

std::optional<TaskErrorResponse> error_of(const tasks::Task& task) {
    if (!task.error)
        return {};
    return TaskErrorResponse{
        .code = task.error->code, .detail = task.error->detail, .suggestion = task.error->suggestion};
}

/// Types of results are named like the resources, in the singular.
TaskLinks links_of(const tasks::Task& task) {
    TaskLinks links{.self = path_of_task(task.id),
                    .events = path_of_task(task.id) + "events/",
                    .result = {},
                    .download = {}};
    if (task.result && !task.result->deleted) {
        const auto resources = '/' + task.result->type + "s/";
        const auto id = std::to_string(task.result->id) + '/';
        links.result = resources + id;
        links.download = resources + "download/" + id;
    }
    return links;
}

void add_durations(TaskResponse& response, database::Transaction& transaction, const tasks::Task& task) {
    const auto until = task.finished_at ? *task.finished_at : transaction.now();
    response.queued_seconds = seconds(task.started_at.value_or(until) - task.created_at);
    if (task.started_at && task.state != State::retry && task.state != State::pending)
        response.run_seconds = seconds(until - *task.started_at);
}

}  // namespace

TaskStatus status_of(State state) noexcept {
    switch (state) {
        case State::pending:
            return TaskStatus::PENDING;
        case State::started:
            return TaskStatus::STARTED;
        case State::retry:
            return TaskStatus::RETRY;
        case State::success:
            return TaskStatus::SUCCESS;
        case State::failure:
            return TaskStatus::FAILURE;
        case State::revoked:
            return TaskStatus::REVOKED;
    }
    return TaskStatus::FAILURE;
}

State state_of(TaskStatus status) noexcept {
    switch (status) {
        case TaskStatus::PENDING:
            return State::pending;
        case TaskStatus::STARTED:
            return State::started;
        case TaskStatus::RETRY:
            return State::retry;
        case TaskStatus::SUCCESS:
            return State::success;
        case TaskStatus::FAILURE:
            return State::failure;
        case TaskStatus::REVOKED:
            return State::revoked;
    }
    return State::failure;
}

Rules rules_of(const TaskProgress*) {
    return {rule("stage", "What the run is at"), rule("unit", "What is counted: frames or bytes"),
            rule("total", "An estimate until the last frame"), rule("rate", "Units a second, lately"),
            rule("eta", "When it will be done at this rate")};
}

Rules rules_of(const TaskResponse*) {
    return {rule("result", "The row that a SUCCESS has led to"),
            rule("submits", "How many asked for the same; a cancel ends it for all"),
            rule("attempts", "Runs that failed or vanished"),
            rule("revision", "Raised by every change; the id of its event"),
            rule("queue_position", "1: next; null for a task that does not wait"),
            rule("waiting_for", "What is lacking when no worker that is there can run it"),
            rule("error", "Why it ended without a result, or its last run did"),
            rule("started_at", "Of the latest run"),
            rule("queued_seconds", "From the submit to the latest run's start, or until now"),
            rule("run_seconds", "Of the latest run, or until now")};
}

std::string path_of_task(const std::string& id) {
    return "/tasks/" + id + '/';
}

TaskResponse response_of(database::Transaction& transaction, const tasks::Task& task) {
    TaskResponse response;
    response.task_id = task.id;
    response.status = status_of(task.state);
    if (const auto& result = task.result)
        response.result = {
            .resource_type = result->type, .resource_id = result->id, .deleted = result->deleted};
    response.kind = task.request.kind;
    response.video_id = task.request.subjects.video;
    response.estimation_id = task.request.subjects.estimation;
    response.submits = task.submits;
    response.attempts = task.attempts;
    response.revision = task.revision;
    response.progress = progress_of(task);
    if (task.state == State::pending || task.state == State::retry) {
        response.queue_position = tasks::queue_position(transaction, task);
        response.waiting_for = tasks::waiting_for(transaction, task);
    }
    response.error = error_of(task);
    response.cancel_requested_at = timestamp(task.cancel_requested_at);
    response.created_at = Timestamp(task.created_at);
    response.started_at = timestamp(task.started_at);
    response.finished_at = timestamp(task.finished_at);
    add_durations(response, transaction, task);
    response.links = links_of(task);
    return response;
}

}  // namespace posed::api
