#pragma once

#include <charconv>
#include <cmath>
#include <string>
#include <type_traits>

#include <boost/json/value.hpp>

/// JSON as text. Unlike `boost::json::serialize` it writes 25 as 25, not 2.5E1, and null for what is no
/// number.
namespace posed {

/// Appends the shortest text that reads back as the same number, whatever the locale; `none` for NaN and
/// infinity.
template <class T>
void append_number(std::string& text, T number, const char* none = "null") {
    if constexpr (std::is_floating_point_v<T>) {
        if (!std::isfinite(number)) {
            text += none;
            return;
        }
    }
    char digits[32];
    const auto end = std::to_chars(digits, digits + sizeof(digits), number).ptr;
    text.append(digits, end);
}

/// On one line, without a line's end: for logs and other programs.
[[nodiscard]] std::string json_line(const boost::json::value& value);

/// For people: a member a line, indented by two; an object or array of scalars stays on its line. Ends its
/// last line.
[[nodiscard]] std::string indented_json(const boost::json::value& value);

}  // namespace posed
