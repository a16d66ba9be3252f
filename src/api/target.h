#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The second word of a request's first line, and what is inside.
namespace posed::api {

struct Target {
    std::string_view path;       ///< from the first slash; escapes are not resolved
    std::string_view query;      ///< without the question mark
    std::string_view authority;  ///< only of the absolute form, "http://host:port/path"; else empty
};

/// Splits the origin form, the absolute form and "*" (RFC 9112, 3.2). Nothing for any other text, or bytes
/// that no target may have.
[[nodiscard]] std::optional<Target> parse_target(std::string_view text) noexcept;

/// Resolves %XX. Nothing for a broken escape, a NUL byte or what is not UTF-8 afterwards.
[[nodiscard]] std::optional<std::string> percent_decoded(std::string_view text);

[[nodiscard]] bool is_utf8(std::string_view text) noexcept;

/// The segments of a path, escapes resolved, so that an escaped slash stays inside of its segment. One
/// slash at the end makes no difference. Nothing for a broken escape.
[[nodiscard]] std::optional<std::vector<std::string>> path_segments(std::string_view path);

using NamedTexts = std::vector<std::pair<std::string, std::string>>;

/// The pairs of a query or of a form, in order, `+` read as a space. Nothing for a broken escape.
[[nodiscard]] std::optional<NamedTexts> parse_query(std::string_view query);

}  // namespace posed::api
