#include "commands/service_client.h"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <mutex>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "base/byte_source.h"
#include "base/escaped_text.h"
#include "base/json_text.h"
#include "commands/server_events.h"
#include "results/temporary_file.h"

namespace posed::commands {
namespace {

/// Three comments that a living server would have sent.
constexpr std::chrono::seconds event_silence_max{45};

/// Whether the same request may be answered otherwise a little later. A file that crashes the decoder is
/// refused with 503 as well, and would crash it again.
bool is_temporary(const HttpAnswer& answer) {
    constexpr std::array statuses{408, 429, 502, 503, 504};
    return std::ranges::find(statuses, answer.status) != statuses.end() &&
           refusal_in(answer).code != Code::decoder_crashed;
}

/// Why an attempt failed, if trying again may help.
std::optional<Error> temporary_failure_of(const Result<HttpAnswer>& answer) {
    if (answer.has_error())
        return answer.error().code == Code::unavailable ? std::optional(answer.error()) : std::nullopt;
    return is_temporary(*answer) ? std::optional(refusal_in(*answer)) : std::nullopt;
}

Error nobody_there(const std::string& url, const Error& failure) {
    return fail(Code::unavailable, fmt::format("no service answers at {} ({})", url, failure.message),
                "start one with `posed run`, or name another with --server");
}

Error away_for_long(const std::string& url, std::chrono::duration<double> away, const Error& failure) {
    return fail(Code::unavailable,
                fmt::format("the service at {} has not answered for {:.0f} s ({})", url, away.count(),
                            failure.message),
                "give the same command again when it does: it goes on from there");
}

Error error_of(const RemoteTask& task) {
    if (task.status == "FAILURE")
        return task.error.value_or(fail(Code::internal, "the task failed"));
    if (task.error)
        return fail(Code::unavailable, task.error->message, task.error->suggestion);
    return fail(Code::unavailable, "somebody cancelled the task " + task.id, "submit the clip again");
}

}  // namespace

ServiceClient::ServiceClient(const ServiceAddress& address, Patience patience, std::stop_token stop,
                             std::atomic<bool>& ever_answered, Report report)
    : http_(address),
      patience_(patience),
      stop_(std::move(stop)),
      ever_answered_(ever_answered),
      report_(std::move(report)) {}

Result<> ServiceClient::pause(std::chrono::milliseconds duration) const {
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock(mutex);
    never.wait_for(lock, stop_, duration, [] { return false; });
    if (stop_.stop_requested())
        return fail(Code::cancelled, "interrupted");
    return {};
}

/// The first answer that is final, and a success.
Result<HttpAnswer> ServiceClient::ask(const std::function<Result<HttpAnswer>()>& attempt) {
    using Clock = std::chrono::steady_clock;
    std::optional<Clock::time_point> away_since;
    auto next_pause = patience_.first_pause;
    while (true) {
        auto answer = attempt();
        const auto failure = temporary_failure_of(answer);
        if (!failure && answer.has_error())
            return std::move(answer).error();
        if (answer.has_value())
            ever_answered_ = true;
        if (!failure && !answer->is_success())
            return refusal_in(*answer);
        if (!failure)
            return answer;
        if (!ever_answered_)
            return nobody_there(http_.address().url, *failure);
        const auto now = Clock::now();
        away_since = away_since.value_or(now);
        if (now - *away_since >= patience_.away_max)
            return away_for_long(http_.address().url, now - *away_since, *failure);
        const auto asked_for = answer.has_value() ? answer->retry_after : std::chrono::seconds(0);
        TRY(pause(std::max<std::chrono::milliseconds>(next_pause, asked_for)));
        next_pause = std::min(2 * next_pause, patience_.longest_pause);
    }
}

Result<HttpAnswer> ServiceClient::get(const std::string& target) {
    const HttpRequest request{.target = target};
    return ask([&] { return http_.send(request, stop_); });
}

Result<double> ServiceClient::longest_seconds() {
    return parse_longest_seconds(TRY(get("/limits/")).body);
}

Result<RemoteVideo> ServiceClient::upload(const std::filesystem::path& clip) {
    const auto file = TRY(open_file(clip));
    const HttpRequest request{
        .target = "/videos/ingest/?filename=" + percent_encoded(clip.filename().string()),
        .file = file.get(),
        .report = [this](const Transferred& bytes) {
            report_("uploading", {bytes.done, bytes.total});
        }};
    return parse_video(TRY(ask([&] { return http_.send(request, stop_); })).body);
}

Result<RemoteTask> ServiceClient::submit(const std::string& target, const boost::json::object& request) {
    using Clock = std::chrono::steady_clock;
    const HttpRequest post{.target = target, .json = json_line(request)};
    std::optional<Clock::time_point> refused_since;
    while (true) {
        const auto answer = ask([&] { return http_.send(post, stop_); });
        if (answer.has_value())
            return parse_task(answer->body);
        const auto& refusal = answer.error();
        const auto now = Clock::now();
        refused_since = refused_since.value_or(now);
        if (refusal.code != Code::estimator_unavailable || now - *refused_since >= patience_.workers_max)
            return refusal;
        report_("waiting: " + refusal.message, {});
        TRY(pause(patience_.between_polls));
    }
}

Result<std::int64_t> ServiceClient::result_of(RemoteTask task) {
    last_event_.clear();
    while (!task.is_final()) {
        follow_events(task);
        if (task.is_final())
            break;
        TRY(pause(patience_.between_polls));
        task = TRY(parse_task(TRY(get("/tasks/" + task.id + "/")).body));
    }
    if (task.status != "SUCCESS")
        return error_of(task);
    return *task.result_id;
}

void ServiceClient::report(const RemoteTask& task) const {
    report_(task.stage.empty() ? "waiting" : task.stage, task.progress);
}

/// Returns when the stream ends. A stream that breaks, or that something in between does not let through, is
/// no failure: the task itself is asked next.
void ServiceClient::follow_events(RemoteTask& task) {
    report(task);
    ServerEventReader reader;
    HttpRequest request{.target = "/tasks/" + task.id + "/events",
                        .fields = {"Accept: text/event-stream"},
                        .silence_max = event_silence_max};
    if (!last_event_.empty())
        request.fields.push_back("Last-Event-ID: " + last_event_);
    request.take = [&](std::string_view piece) -> Result<> {
        for (const auto& event : TRY(reader.read(piece))) {
            task = TRY(parse_task(event.data));
            last_event_ = event.id;
            report(task);
        }
        return {};
    };
    static_cast<void>(http_.send(request, stop_));
}

Result<> ServiceClient::download(const std::string& target, const std::filesystem::path& file) {
    std::unique_ptr<results::TemporaryFile> temporary;
    const HttpRequest request{
        .target = target,
        .take = [&](std::string_view piece) { return temporary->append(std::as_bytes(std::span(piece))); },
        .report =
            [this](const Transferred& bytes) {
                report_("downloading", {bytes.done, bytes.total});
            }};
    TRY(ask([&]() -> Result<HttpAnswer> {
        temporary = TRY(results::open_temporary(file));
        return http_.send(request, stop_);
    }));
    return temporary->publish(file);
}

}  // namespace posed::commands
