#pragma once

#include <filesystem>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

/// What the checks of this folder see of a C++ file: its words without comments and literals, its includes
/// and its comments, each with its line. No preprocessor is run; directives other than `#include` are
/// skipped.
namespace posed::tidy {

struct Token {
    std::string
        text;  ///< an identifier, a number, one punctuation character, `->`, `::`, or `""` for any literal
    int line = 0;
};

struct Include {
    std::string path;
    bool quoted = false;  ///< "ours", as opposed to <theirs>
    int line = 0;
};

struct Comment {
    std::string text;
    int line = 0;
};

struct Source {
    std::string path;  ///< from the root of the project
    int lines = 0;
    std::vector<Token> tokens;
    std::vector<Include> includes;
    std::vector<Comment> comments;
};

struct Violation {
    std::string path;
    int line = 0;
    std::string message;

    friend bool operator==(const Violation&, const Violation&) = default;
};

std::ostream& operator<<(std::ostream& stream, const Violation& violation);

[[nodiscard]] Source parse_source(std::string path, std::string_view text);

/// The file's bytes; throws where it cannot be read.
[[nodiscard]] std::string read_text(const std::filesystem::path& file);

/// Every .cpp and .h file below the named folders of `root`, sorted by path.
[[nodiscard]] std::vector<Source> read_sources(const std::filesystem::path& root,
                                               const std::vector<std::string>& folders);

/// A file that is only built into tests: below tests/, or beside its subject as *_test.cpp or (made-up data)
/// sample_*.
[[nodiscard]] bool is_test(std::string_view path);

/// The words of a line, split at blanks.
[[nodiscard]] std::vector<std::string> words_of(std::string_view line);

}  // namespace posed::tidy
