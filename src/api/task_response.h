#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>

#include "api/json_output.h"
#include "api/schema.h"
#include "database/database.h"
#include "tasks/task.h"

/// How clients see a task.
namespace posed::api {

/// The words of the interface, which are written like this everywhere.
// NOLINTNEXTLINE(readability-identifier-naming)
enum class TaskStatus : std::uint8_t { PENDING, STARTED, RETRY, SUCCESS, FAILURE, REVOKED };
BOOST_DESCRIBE_ENUM(TaskStatus, PENDING, STARTED, RETRY, SUCCESS, FAILURE, REVOKED)

[[nodiscard]] TaskStatus status_of(tasks::State state) noexcept;
[[nodiscard]] tasks::State state_of(TaskStatus status) noexcept;

struct TaskResultResponse {
    std::string resource_type;
    std::int64_t resource_id = 0;
    bool deleted = false;
};
BOOST_DESCRIBE_STRUCT(TaskResultResponse, (), (resource_type, resource_id, deleted))

struct TaskProgress {
    std::string stage;
    std::string unit;
    std::int64_t done = 0;
    std::optional<std::int64_t> total;
    std::optional<double> rate;
    std::optional<Timestamp> eta;
};
BOOST_DESCRIBE_STRUCT(TaskProgress, (), (stage, unit, done, total, rate, eta))
Rules rules_of(const TaskProgress*);

struct TaskErrorResponse {
    std::string code;
    std::string detail;
    std::string suggestion;
};
BOOST_DESCRIBE_STRUCT(TaskErrorResponse, (), (code, detail, suggestion))

struct TaskLinks {
    std::string self;
    std::string events;
    std::optional<std::string> result;
    std::optional<std::string> download;
};
BOOST_DESCRIBE_STRUCT(TaskLinks, (), (self, events, result, download))

struct TaskResponse {
    std::string task_id;
    TaskStatus status = TaskStatus::PENDING;
    std::optional<TaskResultResponse> result;
    std::string kind;
    std::optional<std::int64_t> video_id;
    std::optional<std::int64_t> estimation_id;
    std::int64_t submits = 1;
    std::int64_t attempts = 0;
    std::int64_t revision = 0;
    std::optional<TaskProgress> progress;
    std::optional<std::int64_t> queue_position;
    std::optional<std::string> waiting_for;
    std::optional<TaskErrorResponse> error;
    std::optional<Timestamp> cancel_requested_at;
    Timestamp created_at;
    std::optional<Timestamp> started_at;
    std::optional<Timestamp> finished_at;
    double queued_seconds = 0;
    std::optional<double> run_seconds;
    TaskLinks links;
};
BOOST_DESCRIBE_STRUCT(TaskResponse, (),
                      (task_id, status, result, kind, video_id, estimation_id, submits, attempts, revision,
                       progress, queue_position, waiting_for, error, cancel_requested_at, created_at,
                       started_at, finished_at, queued_seconds, run_seconds, links))
Rules rules_of(const TaskResponse*);

/// Asks the database only about tasks that wait: for their place in the queue, and what they wait for.
[[nodiscard]] TaskResponse response_of(database::Transaction& transaction, const tasks::Task& task);

/// "/tasks/<id>/".
[[nodiscard]] std::string path_of_task(const std::string& id);

}  // namespace posed::api
