#include <charconv>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>

#include "api/endpoint.h"
#include "api/paging.h"
#include "api/resources.h"
#include "api/task_response.h"
#include "base/identifiers.h"
#include "tasks/cancel.h"
#include "tasks/find.h"
#include "tasks/task.h"

namespace posed::api {
namespace {

/// Of one look at the tasks that changed; what is left over is told at the next.
constexpr std::int64_t events_at_once = 500;

BOOST_DEFINE_ENUM_CLASS(TaskKind, estimate, visualize)

struct TaskId {
    std::string task_id;
};
BOOST_DESCRIBE_STRUCT(TaskId, (), (task_id))

struct ChooseTasks {
    std::optional<TaskStatus> state;
    std::optional<TaskKind> kind;
    std::optional<std::int64_t> video_id;
};
BOOST_DESCRIBE_STRUCT(ChooseTasks, (), (state, kind, video_id))

Rules choice_rules() {
    return {rule("state", "Only those in this state").optional(),
            rule("kind", "Only those of this kind").optional(),
            rule("video_id", "Only those about this video").optional()};
}

[[maybe_unused]] Rules rules_of(const ChooseTasks*) {
    return choice_rules();
}

struct ListTasks : ChooseTasks, Paging {};
BOOST_DESCRIBE_STRUCT(ListTasks, (ChooseTasks, Paging), ())

[[maybe_unused]] Rules rules_of(const ListTasks*) {
    auto rules = choice_rules();
    for (auto& rule : paging_rules())
        rules.push_back(std::move(rule));
    return rules;
}

tasks::TaskFilter filter_of(const ChooseTasks& choice) {
    tasks::TaskFilter filter;
    if (choice.state)
        filter.state = state_of(*choice.state);
    if (choice.kind)
        filter.kind = boost::describe::enum_to_string(*choice.kind, "");
    filter.subjects.video = choice.video_id;
    return filter;
}

Error unknown_task(const std::string& id) {
    return fail(Code::not_found, "there is no task " + id, "GET /tasks/ lists those there are");
}

/// As clients write it in either case. Errors: not_found for what cannot be the id of a task.
Result<std::string> canonical(const std::string& id) {
    const auto uuid = parse_uuid_v7(id);
    if (!uuid)
        return unknown_task(id);
    return uuid->text;
}

/// Errors: not_found, or expired when the task may have been forgotten for its age.
Result<tasks::Task> task_of(database::Transaction& transaction, const std::string& id,
                            const Service& service) {
    auto task = tasks::find_task(transaction, id);
    if (task)
        return *std::move(task);
    if (tasks::was_deleted_for_age(transaction, id, service.config.task_retention))
        return fail(Code::expired, "the task " + id + " is forgotten; its result stays until it is deleted");
    return unknown_task(id);
}

Result<TaskResponse> find_task(const TaskId& input, Service& service) {
    const auto id = TRY(canonical(input.task_id));
    auto transaction = service.stores.database.read();
    return response_of(transaction, TRY(task_of(transaction, id, service)));
}

Result<Reply<std::vector<TaskResponse>>> list_tasks(const ListTasks& input, const Request& request,
                                                    Service& service) {
    auto transaction = service.stores.database.read();
    const auto list = tasks::list_tasks(transaction, filter_of(input), input.skip, input.limit);
    std::vector<TaskResponse> responses;
    for (const auto& task : list.tasks)
        responses.push_back(response_of(transaction, task));
    return Reply<std::vector<TaskResponse>>{.view = std::move(responses),
                                            .headers = page_headers(request, input, list.total)};
}

/// 202 while the run that is to end still goes on.
Result<Reply<TaskResponse>> cancel_task(const TaskId& input, Service& service) {
    const auto id = TRY(canonical(input.task_id));
    auto transaction = service.stores.database.write();
    TRY(task_of(transaction, id, service));
    const auto task = tasks::cancel(transaction, id).value();
    auto response = response_of(transaction, task);
    transaction.commit();
    service.tasks_changed();
    return Reply<TaskResponse>{.view = std::move(response),
                               .status = tasks::is_final(task.state) ? Status::ok : Status::accepted};
}

/// The revision that a client says it has seen; what is none counts as nothing seen.
std::optional<std::int64_t> last_seen(const Request& request) {
    const auto id = trimmed(request.headers.find("Last-Event-ID").value_or(""));
    std::int64_t revision = 0;
    const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), revision);
    if (id.empty() || error != std::errc{} || end != id.data() + id.size() || revision < 0)
        return {};
    return revision;
}

Event event_of(database::Transaction& transaction, const tasks::Task& task) {
    return {
        .id = std::to_string(task.revision), .name = "task", .data = to_json(response_of(transaction, task))};
}

/// Snapshots of one task, until it is final.
class TaskFeed final : public EventSource {
  public:
    TaskFeed(Service& service, std::string id, std::int64_t seen)
        : service_(service), id_(std::move(id)), seen_(seen) {}

    Result<EventBatch> poll() override {
        auto transaction = service_.stores.database.read();
        const auto task = tasks::find_task(transaction, id_);
        EventBatch batch{.ended = !task || tasks::is_final(task->state)};
        if (task && task->revision > seen_) {
            seen_ = task->revision;
            batch.events.push_back(event_of(transaction, *task));
        }
        return batch;
    }

  private:
    Service& service_;
    std::string id_;
    std::int64_t seen_;
};

/// Snapshots of all tasks that the filter lets through, for ever.
class TasksFeed final : public EventSource {
  public:
    TasksFeed(Service& service, tasks::TaskFilter filter, std::int64_t seen)
        : service_(service), filter_(std::move(filter)), seen_(seen) {}

    Result<EventBatch> poll() override {
        auto transaction = service_.stores.database.read();
        EventBatch batch;
        for (const auto& task : tasks::changed_tasks(transaction, seen_, events_at_once)) {
            seen_ = task.revision;
            if (tasks::matches(filter_, task))
                batch.events.push_back(event_of(transaction, task));
        }
        return batch;
    }

  private:
    Service& service_;
    tasks::TaskFilter filter_;
    std::int64_t seen_;
};

/// A client that comes back and has seen the end gets 204, which tells it to stay away.
Result<Response> watch_task(const TaskId& input, const Request& request, Service& service) {
    const auto id = TRY(canonical(input.task_id));
    const auto seen = last_seen(request).value_or(0);
    auto transaction = service.stores.database.read();
    const auto task = TRY(task_of(transaction, id, service));
    if (tasks::is_final(task.state) && task.revision <= seen)
        return no_content();
    return event_stream(std::make_unique<TaskFeed>(service, id, seen));
}

Result<Response> watch_tasks(const ChooseTasks& input, const Request& request, Service& service) {
    auto transaction = service.stores.database.read();
    const auto seen = last_seen(request).value_or(tasks::newest_revision(transaction));
    return event_stream(std::make_unique<TasksFeed>(service, filter_of(input), seen));
}

}  // namespace

std::vector<Route> task_routes(Service& service) {
    constexpr const char* tag = "tasks";
    const std::vector<Code> unknown{Code::not_found, Code::expired};
    return {
        route(Method::get, "/tasks/", list_tasks, service,
              {.summary = "Tasks, newest first", .tag = tag, .headers = paging_headers()}),
        route(Method::get, "/tasks/{task_id}/", find_task, service,
              {.summary = "One task", .tag = tag, .errors = unknown}),
        route(Method::remove, "/tasks/{task_id}/", cancel_task, service,
              {.summary = "Cancel a task, for all who submitted it",
               .tag = tag,
               .description = "202 while its run is being stopped. A task that is final stays as it is.",
               .also = {Status::accepted},
               .errors = unknown}),
        route(Method::get, "/tasks/{task_id}/events/", watch_task, service,
              {.summary = "Snapshots of one task as Server-Sent Events, until its end",
               .tag = tag,
               .description = "The id of an event is the task's revision. 204: its end was seen already.",
               .also = {Status::no_content},
               .errors = unknown,
               .media_type = "text/event-stream"}),
        route(Method::get, "/tasks/events/", watch_tasks, service,
              {.summary = "Snapshots of all tasks that change, as Server-Sent Events",
               .tag = tag,
               .media_type = "text/event-stream"}),
    };
}

}  // namespace posed::api
