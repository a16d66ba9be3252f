#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// HTTP as values, whatever carries it: nothing here knows of sockets.
namespace posed::api {

enum class Method : std::uint8_t { get, head, post, put, patch, remove, options };

/// "GET", "DELETE" ...
[[nodiscard]] const char* name_of(Method method) noexcept;

/// Nothing for a method that no route has.
[[nodiscard]] std::optional<Method> method_named(std::string_view name) noexcept;

/// GET, HEAD and OPTIONS change nothing.
[[nodiscard]] bool changes_state(Method method) noexcept;

/// Every status that Posed answers with.
enum class Status : std::uint16_t {
    ok = 200,
    created = 201,
    accepted = 202,
    no_content = 204,
    partial_content = 206,
    not_modified = 304,
    temporary_redirect = 307,
    bad_request = 400,
    unauthorized = 401,
    forbidden = 403,
    not_found = 404,
    method_not_allowed = 405,
    request_timeout = 408,
    conflict = 409,
    gone = 410,
    content_too_large = 413,
    unsupported_media_type = 415,
    range_not_satisfiable = 416,
    expectation_failed = 417,
    misdirected_request = 421,
    unprocessable_content = 422,
    headers_too_large = 431,
    internal_server_error = 500,
    service_unavailable = 503,
    version_not_supported = 505,
    insufficient_storage = 507
};

[[nodiscard]] constexpr int number_of(Status status) noexcept {
    return static_cast<int>(status);
}

/// The phrase of RFC 9110: "Not Found".
[[nodiscard]] const char* phrase_of(Status status) noexcept;

/// Header fields in the order they came. Names compare without regard to case.
class Headers {
  public:
    using Field = std::pair<std::string, std::string>;

    Headers() = default;
    Headers(std::initializer_list<Field> fields);

    /// Adds a field. Line ends inside of the value become spaces, so that no value can end the head.
    void add(std::string name, std::string value);

    /// Replaces all fields of that name.
    void set(std::string name, std::string value);

    /// The first field of that name.
    [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const noexcept;

    [[nodiscard]] std::size_t count(std::string_view name) const noexcept;

    [[nodiscard]] auto begin() const noexcept { return fields_.begin(); }
    [[nodiscard]] auto end() const noexcept { return fields_.end(); }

  private:
    std::vector<Field> fields_;
};

[[nodiscard]] bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept;

/// Without spaces and tabs at both ends.
[[nodiscard]] std::string_view trimmed(std::string_view text) noexcept;

/// Whether a comma-separated field value lists `token`, ignoring case.
[[nodiscard]] bool lists_token(std::string_view value, std::string_view token) noexcept;

/// A request whose body is read, or none is expected. A value that the connection makes and handlers read.
struct Request {
    Method method = Method::get;
    std::string target = {};  ///< as sent
    std::string path = {};    ///< of the target; escapes are not resolved
    std::string query = {};   ///< of the target, without the question mark
    Headers headers = {};
    std::optional<std::uint64_t> content_length = {};  ///< nothing: chunked, or no body
    std::string body = {};                             ///< empty where the route reads it in pieces
    std::string id = {};                               ///< names this request in logs and answers
    std::string client = {};                           ///< the peer's address

    /// What stands in the place of the pattern's parameters, escapes resolved.
    std::vector<std::pair<std::string, std::string>> path_values = {};
};

}  // namespace posed::api
