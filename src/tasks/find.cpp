#include "tasks/find.h"

#include <algorithm>
#include <iterator>

#include "tasks/task_row.h"

namespace posed::tasks {
namespace {

using database::Parameters;
using database::Rows;
using database::Transaction;

std::vector<Task> tasks_from(const Rows& rows) {
    std::vector<Task> tasks;
    tasks.reserve(rows.size());
    std::ranges::transform(rows, std::back_inserter(tasks), task_from);
    return tasks;
}

/// Conditions that must all hold. The columns' names are the parameters' names.
struct Where {
    std::string text = " WHERE TRUE";
    Parameters parameters;

    template <class T>
    void equal(std::string_view column, const std::optional<T>& value) {
        if (!value)
            return;
        text.append(" AND ").append(column).append(" = :").append(column);
        parameters.push_back({column, *value});
    }
};

Where where(const TaskFilter& filter) {
    Where where;
    where.equal("state", filter.state ? std::optional(name_of(*filter.state)) : std::nullopt);
    where.equal("kind", filter.kind);
    where.equal("queue", filter.queue);
    where.equal("video_id", filter.subjects.video);
    where.equal("estimation_id", filter.subjects.estimation);
    return where;
}

template <class T>
bool holds(const std::optional<T>& wanted, const T& value) {
    return !wanted || *wanted == value;
}

template <class T>
bool holds(const std::optional<T>& wanted, const std::optional<T>& value) {
    return !wanted || wanted == value;
}

}  // namespace

std::optional<Task> find_task(Transaction& transaction, std::string_view id) {
    const auto rows = transaction.query("SELECT * FROM tasks WHERE id = :id", {{"id", id}});
    return rows.empty() ? std::nullopt : std::optional(task_from(rows.front()));
}

bool matches(const TaskFilter& filter, const Task& task) {
    return holds(filter.state, task.state) && holds(filter.kind, task.request.kind) &&
           holds(filter.queue, task.request.queue) &&
           holds(filter.subjects.video, task.request.subjects.video) &&
           holds(filter.subjects.estimation, task.request.subjects.estimation);
}

TaskList list_tasks(Transaction& transaction, const TaskFilter& filter, std::int64_t skip,
                    std::int64_t limit) {
    auto [text, parameters] = where(filter);
    const auto count = transaction.query("SELECT COUNT(*) AS total FROM tasks" + text, parameters);
    parameters.push_back({"skip", skip});
    parameters.push_back({"limit", limit});
    const auto rows = transaction.query(
        "SELECT * FROM tasks" + text + " ORDER BY id DESC LIMIT :limit OFFSET :skip", parameters);
    return {.tasks = tasks_from(rows), .total = count.at(0).get<std::int64_t>("total")};
}

std::vector<Task> changed_tasks(Transaction& transaction, std::int64_t revision, std::int64_t limit) {
    return tasks_from(
        transaction.query("SELECT * FROM tasks WHERE revision > :revision ORDER BY revision LIMIT :limit",
                          {{"revision", revision}, {"limit", limit}}));
}

std::int64_t newest_revision(Transaction& transaction) {
    return transaction.query("SELECT COALESCE(MAX(newest), 0) AS newest FROM task_revisions")
        .at(0)
        .get<std::int64_t>("newest");
}

std::vector<OpenTasks> count_open_tasks(Transaction& transaction) {
    std::vector<OpenTasks> counts;
    for (const auto& row : transaction.query(R"(
            SELECT queue, state, COUNT(*) AS tasks FROM tasks WHERE state IN ('PENDING', 'RETRY')
            GROUP BY queue, state
            UNION ALL
            SELECT queue, state, COUNT(*) AS tasks FROM tasks WHERE state = 'STARTED' GROUP BY queue, state)"))
        counts.push_back({.queue = row.get<std::string>("queue"),
                          .state = state_named(row.get<std::string>("state")).value(),
                          .count = row.get<std::int64_t>("tasks")});
    return counts;
}

std::optional<std::int64_t> queue_position(Transaction& transaction, const Task& task) {
    if (task.state != State::pending && task.state != State::retry)
        return std::nullopt;
    const auto rows =
        transaction.query(R"(
        SELECT COUNT(*) AS earlier FROM tasks
        WHERE queue = :queue AND state IN ('PENDING', 'RETRY')
          AND (created_at < :created_at OR (created_at = :created_at AND id < :id)))",
                          {{"queue", task.request.queue}, {"created_at", task.created_at}, {"id", task.id}});
    return rows.at(0).get<std::int64_t>("earlier") + 1;
}

}  // namespace posed::tasks
