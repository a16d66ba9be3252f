#pragma once

#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "api/json_input.h"
#include "api/response.h"
#include "api/router.h"

/// Rows of the route table from typed functions. A handler takes a described struct and gives a described
/// struct; it sees neither sockets nor JSON, and is tested by calling it:
///
///     Result<VideoView> find_video(const FindVideo& input, Services& services);
///
///     route(Method::get, "/videos/{video_id}/", find_video, services,
///           {.summary = "One video", .tag = "videos", .errors = {Code::not_found}})
///
/// Fields that the pattern names come from the path; the others from the query, or from the JSON body of
/// POST, PUT and PATCH. A handler that needs header fields takes the request as its second argument. It may
/// give Reply<View> to set status and header fields, Response for a body that is no JSON, and Result<> for
/// none.
namespace posed::api {

/// An input without fields.
struct Nothing {};
BOOST_DESCRIBE_STRUCT(Nothing, (), ())

/// Divides an input's fields between path, query and body.
[[nodiscard]] InputSchema divided(Schema input, Method method, const std::string& pattern);

/// The fields of a request as one object with all that is wrong with them added to `errors`.
[[nodiscard]] boost::json::object fields_of(const Request& request, const InputSchema& schema,
                                            std::vector<FieldError>& errors);

/// The texts of a query or form as an object; what the schema does not know is left out.
[[nodiscard]] boost::json::object fields_of(const std::vector<std::pair<std::string, std::string>>& texts,
                                            const Schema& schema, Place place,
                                            std::vector<FieldError>& errors);

namespace detail {

template <class T>
inline constexpr bool is_reply = false;
template <class View>
inline constexpr bool is_reply<Reply<View>> = true;

template <class Output>
std::optional<Schema> schema_of_output() {
    if constexpr (is_reply<Output>)
        return schema_of<decltype(Output::view)>();
    else if constexpr (std::is_void_v<Output> || std::is_same_v<Output, Response>)
        return {};
    else
        return schema_of<Output>();
}

template <class Output>
Result<Response> response_of(Result<Output> result, Status success) {
    if (result.has_error())
        return std::move(result).error();
    if constexpr (std::is_void_v<Output>) {
        return no_content();
    } else if constexpr (std::is_same_v<Output, Response>) {
        return std::move(result).value();
    } else if constexpr (is_reply<Output>) {
        auto response = json_response(result->status, to_json(result->view));
        for (const auto& [name, value] : result->headers)
            response.headers.add(name, value);
        return response;
    } else {
        return json_response(success, to_json(*result));
    }
}

template <class Input, class Output, class Call>
Route route_calling(Method method, std::string pattern, Documentation documentation, Call call) {
    Route row{.method = method, .pattern = std::move(pattern), .documentation = std::move(documentation)};
    row.input = divided(schema_of<Input>(), method, row.pattern);
    row.output = schema_of_output<Output>();
    row.handler = [call, input = row.input,
                   success = row.documentation.success](const Request& request) -> Result<Response> {
        std::vector<FieldError> errors;
        const auto fields = fields_of(request, input, errors);
        if (!errors.empty())
            return problem_response(problem_of(std::move(errors)));
        return response_of<Output>(call(struct_from_json<Input>(fields), request), success);
    };
    return row;
}

}  // namespace detail

/// `services` must outlive the route.
template <class Input, class Output, class Services>
[[nodiscard]] Route route(Method method, std::string pattern,
                          Result<Output> (*handler)(const Input&, Services&), Services& services,
                          Documentation documentation) {
    return detail::route_calling<Input, Output>(
        method, std::move(pattern), std::move(documentation),
        [handler, &services](const Input& input, const Request&) { return handler(input, services); });
}

template <class Input, class Output, class Services>
[[nodiscard]] Route route(Method method, std::string pattern,
                          Result<Output> (*handler)(const Input&, const Request&, Services&),
                          Services& services, Documentation documentation) {
    return detail::route_calling<Input, Output>(
        method, std::move(pattern), std::move(documentation),
        [handler, &services](const Input& input, const Request& request) {
            return handler(input, request, services);
        });
}

}  // namespace posed::api
