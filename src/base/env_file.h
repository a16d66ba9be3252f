#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "base/result.h"

namespace posed {

/// Values by name, as an environment holds them.
using Variables = std::map<std::string, std::string, std::less<>>;

/// Reads a `.env` file. A line is empty, a comment (`# ...`) or `NAME=value`, with no space around the `=`; a
/// comment may follow a value after a space. What other readers of such files take differently is an error
/// here, so that a file means the same to all of them. A value is
///   - bare: without spaces, quotes, backslashes and dollar signs; or nothing at all,
///   - 'as it stands' between single quotes, or
///   - "between double quotes", with \" \\ \$ \n and \t.
/// Errors: invalid_argument with the line; never with a value, which may be secret.
[[nodiscard]] Result<Variables> parse_env_file(std::string_view text);

/// `value` as `parse_env_file` reads it back: bare where that is possible, else in double quotes. Control
/// characters other than \n and \t cannot be written; they become spaces.
[[nodiscard]] std::string env_file_value(std::string_view value);

}  // namespace posed
