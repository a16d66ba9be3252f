#pragma once

#include <string_view>
#include <vector>

#include "tests/tidy/source.h"

namespace posed::tidy {

inline constexpr int function_lines_max = 70;
inline constexpr int file_lines_max = 500;

/// A line of exceptions.txt, which explains its own form.
struct Exception {
    std::string word;
    std::string path;
};

[[nodiscard]] std::vector<Exception> parse_exceptions(std::string_view text);

[[nodiscard]] std::vector<Violation> check_lengths(const Source& source);

/// `catch` away from the borders (tests are free), `getenv`, raw `new` and `delete`, and sleeping in tests.
[[nodiscard]] std::vector<Violation> check_words(const std::vector<Source>& sources,
                                                 const std::vector<Exception>& exceptions);

/// Every open end says its kind (bug, speed or feature), and no other word for one is used.
[[nodiscard]] std::vector<Violation> check_comments(const Source& source);

/// Paths of a developer's machine, hosts of package registries, and files that are too large; for any tracked
/// file.
[[nodiscard]] std::vector<Violation> check_portable(std::string_view path, std::string_view text);

}  // namespace posed::tidy
