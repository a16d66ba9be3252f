#include "api/response.h"

#include <utility>

namespace posed::api {
namespace {

constexpr int retry_after_seconds = 5;

/// One "field: line" per line of the text; all three line ends count (HTML, section 9.2.6).
void append_lines(std::string& text, std::string_view field, std::string_view value) {
    while (true) {
        const auto end = std::min(value.find_first_of("\r\n"), value.size());
        text.append(field).append(": ").append(value.substr(0, end)).append("\n");
        if (end == value.size())
            return;
        value.remove_prefix(value.substr(end).starts_with("\r\n") ? end + 2 : end + 1);
    }
}

bool has_no_body(Status status) noexcept {
    return status == Status::no_content || status == Status::not_modified;
}

}  // namespace

std::string text_of(const Event& event) {
    std::string text;
    if (!event.id.empty())
        append_lines(text, "id", event.id);
    if (!event.name.empty())
        append_lines(text, "event", event.name);
    append_lines(text, "data", event.data);
    return text += "\n";
}

Response json_response(Status status, std::string json) {
    return {.status = status, .headers = {{"Content-Type", "application/json"}}, .body = std::move(json)};
}

Response problem_response(Problem problem) {
    Response response{
        .status = static_cast<Status>(problem.status),
        .headers = {{"Content-Type", "application/problem+json"}, {"Cache-Control", "no-store"}}};
    if (response.status == Status::service_unavailable)
        response.headers.add("Retry-After", std::to_string(retry_after_seconds));
    response.body = std::move(problem);
    return response;
}

Response no_content() {
    return {.status = Status::no_content};
}

Response event_stream(std::unique_ptr<EventSource> source) {
    return {.headers = {{"Content-Type", "text/event-stream"},
                        {"Cache-Control", "no-cache"},
                        {"X-Accel-Buffering", "no"}},
            .body = std::move(source)};
}

Response answer_later(std::unique_ptr<LateAnswer> answer, std::chrono::milliseconds patience) {
    return {.body = LateBody{std::move(answer), patience}};
}

std::string head_text(const Response& response, Framing framing, std::uint64_t length, bool keep_alive) {
    std::string text = "HTTP/1.1 ";
    text.reserve(512);
    text.append(std::to_string(number_of(response.status))).append(" ").append(phrase_of(response.status));
    text += "\r\n";
    for (const auto& [name, value] : response.headers)
        text.append(name).append(": ").append(value).append("\r\n");
    if (framing == Framing::chunked)
        text += "Transfer-Encoding: chunked\r\n";
    else if (framing == Framing::length && !has_no_body(response.status))
        text.append("Content-Length: ").append(std::to_string(length)).append("\r\n");
    text += keep_alive ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n";
    return text;
}

}  // namespace posed::api
