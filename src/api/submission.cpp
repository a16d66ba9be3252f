#include "api/submission.h"

#include <algorithm>
#include <charconv>
#include <memory>
#include <optional>
#include <utility>

#include "api/task_response.h"
#include "tasks/find.h"
#include "tasks/submit.h"

namespace posed::api {
namespace {

/// What a `Prefer` field (RFC 7240) says of waiting. What is no number of seconds is ignored, as the RFC
/// wants it.
std::optional<std::chrono::seconds> wait_in(std::string_view preferences) {
    while (!preferences.empty()) {
        const auto comma = std::min(preferences.find(','), preferences.size());
        const auto preference = trimmed(preferences.substr(0, comma));
        preferences.remove_prefix(std::min(comma + 1, preferences.size()));
        const auto equals = std::min(preference.find('='), preference.size());
        if (!equal_ignoring_case(trimmed(preference.substr(0, equals)), "wait") ||
            equals == preference.size())
            continue;
        const auto value = trimmed(preference.substr(equals + 1));
        int seconds = 0;
        const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
        if (error == std::errc{} && end == value.data() + value.size() && seconds > 0)
            return std::min(std::chrono::seconds(seconds), wait_max);
    }
    return {};
}

Response answer_with(database::Transaction& transaction, const tasks::Task& task) {
    const auto status = tasks::is_final(task.state) ? Status::ok : Status::accepted;
    auto response = json_response(status, to_json(response_of(transaction, task)));
    response.headers.add("Location", path_of_task(task.id));
    return response;
}

/// Answers when the task is final.
class FinishedTask final : public LateAnswer {
  public:
    FinishedTask(Service& service, std::string id, std::chrono::seconds patience)
        : service_(service), id_(std::move(id)), patience_(patience) {}

    std::optional<Response> poll(Call call) override {
        auto transaction = service_.stores.database.read();
        const auto task = tasks::find_task(transaction, id_);
        if (!task)
            return problem_response(problem_of(fail(Code::expired, "the task " + id_ + " is forgotten")));
        if (call == Call::early && !tasks::is_final(task->state))
            return {};
        auto response = answer_with(transaction, *task);
        response.headers.add("Preference-Applied", "wait=" + std::to_string(patience_.count()));
        return response;
    }

  private:
    Service& service_;
    std::string id_;
    std::chrono::seconds patience_;
};

Response refuse(const Error& error) {
    auto response = problem_response(problem_of(error));
    if (error.code == Code::unavailable)
        response.headers.set("Retry-After", std::to_string(tasks::full_queue_retry_after.count()));
    return response;
}

}  // namespace

Documentation submit_documentation(std::string summary, std::string tag, std::vector<Code> errors) {
    errors.push_back(Code::unavailable);
    return {.summary = std::move(summary),
            .tag = std::move(tag),
            .description =
                "Equal submits share one task, and one that is finished is answered at once. The "
                "header `Prefer: wait=N` waits up to N seconds, at most 60, for its end.",
            .success = Status::accepted,
            .also = {Status::ok},
            .errors = std::move(errors),
            .headers = {"Location", "Preference-Applied"}};
}

Response answer_submit(const Request& request, Service& service, const Result<tasks::Task>& submitted) {
    if (submitted.has_error())
        return refuse(submitted.error());
    const auto& task = *submitted;
    if (!tasks::is_final(task.state))
        service.tasks_changed();
    const auto wait = wait_in(request.headers.find("Prefer").value_or(""));
    if (wait && !tasks::is_final(task.state))
        return answer_later(std::make_unique<FinishedTask>(service, task.id, *wait), *wait);
    auto transaction = service.stores.database.read();
    return answer_with(transaction, task);
}

}  // namespace posed::api
