#include "api/http.h"

#include <algorithm>
#include <array>

namespace posed::api {
namespace {

constexpr std::array methods{std::pair{"GET", Method::get},        std::pair{"HEAD", Method::head},
                             std::pair{"POST", Method::post},      std::pair{"PUT", Method::put},
                             std::pair{"PATCH", Method::patch},    std::pair{"DELETE", Method::remove},
                             std::pair{"OPTIONS", Method::options}};

char lower(char letter) noexcept {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

bool ends_line(char byte) noexcept {
    return byte == '\r' || byte == '\n' || byte == '\0';
}

}  // namespace

const char* name_of(Method method) noexcept {
    return methods[static_cast<std::size_t>(method)].first;
}

std::optional<Method> method_named(std::string_view name) noexcept {
    for (const auto& [known, method] : methods)
        if (name == known)
            return method;
    return {};
}

bool changes_state(Method method) noexcept {
    return method != Method::get && method != Method::head && method != Method::options;
}

const char* phrase_of(Status status) noexcept {
    switch (status) {
        case Status::ok:
            return "OK";
        case Status::created:
            return "Created";
        case Status::accepted:
            return "Accepted";
        case Status::no_content:
            return "No Content";
        case Status::partial_content:
            return "Partial Content";
        case Status::not_modified:
            return "Not Modified";
        case Status::temporary_redirect:
            return "Temporary Redirect";
        case Status::bad_request:
            return "Bad Request";
        case Status::unauthorized:
            return "Unauthorized";
        case Status::forbidden:
            return "Forbidden";
        case Status::not_found:
            return "Not Found";
        case Status::method_not_allowed:
            return "Method Not Allowed";
        case Status::request_timeout:
            return "Request Timeout";
        case Status::conflict:
            return "Conflict";
        case Status::gone:
            return "Gone";
        case Status::content_too_large:
            return "Content Too Large";
        case Status::unsupported_media_type:
            return "Unsupported Media Type";
        case Status::range_not_satisfiable:
            return "Range Not Satisfiable";
        case Status::expectation_failed:
            return "Expectation Failed";
        case Status::misdirected_request:
            return "Misdirected Request";
        case Status::unprocessable_content:
            return "Unprocessable Content";
        case Status::headers_too_large:
            return "Request Header Fields Too Large";
        case Status::internal_server_error:
            return "Internal Server Error";
        case Status::service_unavailable:
            return "Service Unavailable";
        case Status::version_not_supported:
            return "HTTP Version Not Supported";
        case Status::insufficient_storage:
            return "Insufficient Storage";
    }
    return "";
}

bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept {
    return std::ranges::equal(a, b, {}, lower, lower);
}

std::string_view trimmed(std::string_view text) noexcept {
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos)
        return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool lists_token(std::string_view value, std::string_view token) noexcept {
    while (true) {
        const auto comma = value.find(',');
        if (equal_ignoring_case(trimmed(value.substr(0, comma)), token))
            return true;
        if (comma == std::string_view::npos)
            return false;
        value.remove_prefix(comma + 1);
    }
}

Headers::Headers(std::initializer_list<Field> fields) {
    for (const auto& [name, value] : fields)
        add(name, value);
}

void Headers::add(std::string name, std::string value) {
    std::ranges::replace_if(value, ends_line, ' ');
    fields_.emplace_back(std::move(name), std::move(value));
}

void Headers::set(std::string name, std::string value) {
    std::erase_if(fields_, [&](const Field& field) { return equal_ignoring_case(field.first, name); });
    add(std::move(name), std::move(value));
}

std::optional<std::string_view> Headers::find(std::string_view name) const noexcept {
    for (const auto& [known, value] : fields_)
        if (equal_ignoring_case(known, name))
            return value;
    return {};
}

std::size_t Headers::count(std::string_view name) const noexcept {
    return static_cast<std::size_t>(std::ranges::count_if(
        fields_, [&](const Field& field) { return equal_ignoring_case(field.first, name); }));
}

}  // namespace posed::api
