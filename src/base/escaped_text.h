#pragma once

#include <string>
#include <string_view>

namespace posed {

/// Text from outside, safe to show: control characters become \n, \t or \x1b, bytes that are not UTF-8 \xff.
/// The result is valid UTF-8 without a line's end, and cannot steer a terminal.
[[nodiscard]] std::string escaped(std::string_view text);

/// Between quotes, as a JSON string: control characters in JSON's own escapes, bytes that are not UTF-8 as
/// the text \xff.
void append_json_string(std::string& target, std::string_view text);

/// As a part of a URL: all bytes but letters, digits and "-._~" become %XX.
[[nodiscard]] std::string percent_encoded(std::string_view text);

}  // namespace posed
