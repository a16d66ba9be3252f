#include "commands/service_answers.h"

#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/escaped_text.h"
#include "base/strict_json.h"

namespace posed::commands {
namespace {

namespace json = boost::json;

Error not_from_posed() {
    return fail(Code::malformed, "the answer is not one of a Posed service",
                "check the address of the service");
}

Result<json::object> object_in(std::string_view body) {
    const auto value = parse_strictly(body, Code::malformed);
    if (value.has_error() || !value->is_object())
        return not_from_posed();
    return value->as_object();
}

/// The object of that name, empty if there is none.
json::object object_of(const json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    return value != nullptr && value->is_object() ? value->as_object() : json::object();
}

std::string text_of(const json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    return value != nullptr && value->is_string() ? escaped(value->as_string()) : std::string();
}

template <class Number>
std::optional<Number> number_of(const json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    if (value == nullptr || !value->is_number())
        return std::nullopt;
    boost::system::error_code inexact;
    const auto number = value->to_number<Number>(inexact);
    return inexact ? std::nullopt : std::optional(number);
}

std::optional<Code> code_named(std::string_view name) {
    for (int code = 0; code <= static_cast<int>(Code::internal); ++code) {
        if (name == name_of(static_cast<Code>(code)))
            return static_cast<Code>(code);
    }
    return std::nullopt;
}

/// `cancelled` would mean that this program was interrupted.
Code code_of(const json::object& error, Code otherwise) {
    const auto code = code_named(text_of(error, "code")).value_or(otherwise);
    return code == Code::cancelled ? Code::unavailable : code;
}

Code side_of(int status) {
    return status >= 400 && status < 500 ? Code::invalid_argument : Code::internal;
}

}  // namespace

Result<RemoteVideo> parse_video(std::string_view body) {
    const auto object = TRY(object_in(body));
    const auto id = number_of<std::int64_t>(object, "id");
    const auto width = number_of<int>(object, "width");
    const auto height = number_of<int>(object, "height");
    if (!id || !width || !height)
        return not_from_posed();
    return RemoteVideo{.id = *id,
                       .displayed = {*width, *height},
                       .fps = number_of<double>(object, "fps"),
                       .duration_seconds = number_of<double>(object, "duration_seconds")};
}

Result<double> parse_longest_seconds(std::string_view limits) {
    const auto seconds = number_of<double>(TRY(object_in(limits)), "max_duration_seconds");
    if (!seconds || !(*seconds > 0))
        return not_from_posed();
    return *seconds;
}

Result<RemoteTask> parse_task(std::string_view body) {
    const auto object = TRY(object_in(body));
    RemoteTask task{.id = text_of(object, "task_id"), .status = text_of(object, "status")};
    const auto progress = object_of(object, "progress");
    task.stage = text_of(progress, "stage");
    task.progress = {.done = number_of<std::int64_t>(progress, "done").value_or(0),
                     .total = number_of<std::int64_t>(progress, "total")};
    task.result_id = number_of<std::int64_t>(object_of(object, "result"), "resource_id");
    if (const auto error = object_of(object, "error"); !error.empty())
        task.error =
            fail(code_of(error, Code::internal), text_of(error, "detail"), text_of(error, "suggestion"));
    if (task.id.empty() || task.status.empty() || (task.status == "SUCCESS" && !task.result_id))
        return not_from_posed();
    return task;
}

Error refusal_in(const HttpAnswer& answer) {
    const auto parsed = object_in(answer.body);
    const auto problem = parsed.has_value() ? *parsed : json::object();
    auto detail = text_of(problem, "detail");
    if (detail.empty())
        detail = fmt::format("the service answered with status {}", answer.status);
    return fail(code_of(problem, side_of(answer.status)), std::move(detail), text_of(problem, "suggestion"));
}

}  // namespace posed::commands
