#include "base/env_file.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/escaped_text.h"

namespace posed {
namespace {

constexpr std::string_view spaces = " \t";

bool is_control(char letter) noexcept {
    return static_cast<unsigned char>(letter) < 0x20 || letter == 0x7F;
}

bool is_bare(char letter) noexcept {
    return !is_control(letter) && std::string_view(" \"'\\$").find(letter) == std::string_view::npos;
}

bool is_name(std::string_view text) noexcept {
    const auto letter = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_'; };
    const auto digit = [](char c) { return c >= '0' && c <= '9'; };
    return !text.empty() && letter(text.front()) &&
           std::ranges::all_of(text, [&](char c) { return letter(c) || digit(c); });
}

Error wrong(std::string what) {
    return fail(Code::invalid_argument, std::move(what));
}

/// The character that `\letter` stands for between double quotes; 0 for none.
char meaning_of_escape(char letter) noexcept {
    switch (letter) {
        case 'n':
            return '\n';
        case 't':
            return '\t';
        case '"':
        case '\\':
        case '$':
            return letter;
        default:
            return 0;
    }
}

/// Takes a value with its quotes from the front of `rest`.
Result<std::string> take_quoted(std::string_view& rest) {
    const char quote = rest.front();
    std::string value;
    for (std::size_t i = 1; i < rest.size(); ++i) {
        char letter = rest[i];
        if (letter == quote) {
            rest.remove_prefix(i + 1);
            return value;
        }
        if (is_control(letter) && letter != '\t')
            return wrong("a control character in a value");
        if (quote == '"' && letter == '$')
            return wrong("a $ in double quotes; write \\$, nothing is substituted here");
        if (quote == '"' && letter == '\\') {
            letter = ++i < rest.size() ? meaning_of_escape(rest[i]) : '\0';
            if (letter == 0)
                return wrong(R"(a backslash that is none of \" \\ \$ \n \t)");
        }
        value += letter;
    }
    return wrong("a quote that is not closed on its line");
}

Result<std::string> take_bare(std::string_view& rest) {
    const auto end = static_cast<std::size_t>(std::ranges::find_if_not(rest, is_bare) - rest.begin());
    std::string value(rest.substr(0, end));
    rest.remove_prefix(end);
    if (!rest.empty() && spaces.find(rest.front()) == std::string_view::npos)
        return wrong(
            "a quote, backslash, dollar sign or control character in a bare value; put the value in "
            "single quotes");
    return value;
}

Result<> only_comment(std::string_view rest) {
    const auto begin = std::min(rest.find_first_not_of(spaces), rest.size());
    if (begin == rest.size() || (rest[begin] == '#' && begin > 0))
        return {};
    return wrong("text after a value; put a value with spaces in quotes, and a space before a comment");
}

/// A name with its value, or nothing for a line that is empty or a comment.
Result<std::optional<std::pair<std::string, std::string>>> parse_line(std::string_view line) {
    const auto begin = line.find_first_not_of(spaces);
    if (begin == std::string_view::npos || line[begin] == '#')
        return std::nullopt;
    const auto equals = line.find('=');
    const auto name = line.substr(0, equals);
    if (equals == std::string_view::npos)
        return wrong("no = after the name");
    if (!is_name(name))
        return wrong("'" + escaped(name) + "' is no name: letters, digits and _ directly before the =");
    auto rest = line.substr(equals + 1);
    const bool quoted = !rest.empty() && (rest.front() == '"' || rest.front() == '\'');
    auto value = TRY(quoted ? take_quoted(rest) : take_bare(rest));
    TRY(only_comment(rest));
    return std::pair(std::string(name), std::move(value));
}

}  // namespace

Result<Variables> parse_env_file(std::string_view text) {
    Variables variables;
    for (int number = 1; !text.empty(); ++number) {
        const auto end = std::min(text.find('\n'), text.size());
        auto line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (line.ends_with('\r'))
            line.remove_suffix(1);
        auto parsed = parse_line(line);
        if (parsed.has_error())
            return wrong("line " + std::to_string(number) + ": " + parsed.error().message);
        if (*parsed && !variables.insert(**parsed).second)
            return wrong("line " + std::to_string(number) + ": " + (*parsed)->first + " is set twice");
    }
    return variables;
}

std::string env_file_value(std::string_view value) {
    if (std::ranges::all_of(value, is_bare) && !value.starts_with('#'))
        return std::string(value);
    std::string text = "\"";
    for (const char letter : value) {
        if (letter == '\n' || letter == '\t')
            text.append(letter == '\n' ? "\\n" : "\\t");
        else if (letter == '"' || letter == '\\' || letter == '$')
            text.append({'\\', letter});
        else
            text += is_control(letter) ? ' ' : letter;
    }
    return text + '"';
}

}  // namespace posed
