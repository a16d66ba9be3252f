#include "tests/tidy/rules.h"

#include <algorithm>
#include <array>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "tests/tidy/functions.h"

namespace posed::tidy {
namespace {

constexpr std::size_t bytes_max = 1'000'000;

/// `std::unique_ptr<T>(new T(...))`, or the same with a name, as a class with a private constructor has to
/// write it.
bool is_owned_at_once(const std::vector<Token>& tokens, std::size_t index) {
    if (index < 6 || tokens[index - 1].text != "(")
        return false;
    auto at = index - 2;
    if (tokens[at].text != ">")
        --at;
    if (tokens[at].text != ">")
        return false;
    while (at > 0 && tokens[at].text != "<")
        --at;
    return at > 0 && tokens[at - 1].text == "unique_ptr";
}

/// The forbidden word that the token at `index` is, or nothing.
std::string_view forbidden_word(const Source& source, std::size_t index) {
    static const std::set<std::string_view> sleeping{"sleep", "usleep", "nanosleep", "sleep_for",
                                                     "sleep_until"};
    const auto& word = source.tokens[index].text;
    const std::string_view before = index > 0 ? std::string_view(source.tokens[index - 1].text) : "";
    if (word == "catch" && !is_test(source.path))
        return "catch";
    if (word == "getenv" || word == "secure_getenv")
        return "getenv";
    if (word == "new" && before != "operator" && !is_owned_at_once(source.tokens, index))
        return "new";
    if (word == "delete" && before != "operator" && before != "=")
        return "delete";
    if (is_test(source.path) && sleeping.contains(word))
        return "sleep";
    return {};
}

std::string explanation_of(std::string_view word) {
    static const std::map<std::string_view, std::string> explanations{
        {"catch", "catch outside the program's borders"},
        {"getenv", "the environment is read in base/config.cpp only"},
        {"new", "raw new: use a container or std::make_unique"},
        {"delete", "raw delete: use an owner"},
        {"sleep", "a test that sleeps is slow, and still depends on chance: wait for what it waits for"}};
    return explanations.at(word);
}

int line_at(std::string_view text, std::ptrdiff_t position) {
    return 1 + static_cast<int>(std::count(text.begin(), text.begin() + position, '\n'));
}

}  // namespace

std::vector<Exception> parse_exceptions(std::string_view text) {
    std::vector<Exception> exceptions;
    std::istringstream stream{std::string(text)};
    for (std::string line; std::getline(stream, line);) {
        const auto words = words_of(line);
        if (words.size() >= 3 && !line.starts_with('#'))
            exceptions.push_back({words[0], words[1]});
    }
    return exceptions;
}

std::vector<Violation> check_lengths(const Source& source) {
    std::vector<Violation> violations;
    if (source.lines > file_lines_max)
        violations.push_back({source.path, source.lines,
                              "the file has " + std::to_string(source.lines) + " lines (limit " +
                                  std::to_string(file_lines_max) + ")"});
    for (const auto& function : functions_of(source)) {
        if (function.lines() > function_lines_max)
            violations.push_back({source.path, function.first_line,
                                  function.name + " has " + std::to_string(function.lines()) +
                                      " lines (limit " + std::to_string(function_lines_max) + ")"});
    }
    return violations;
}

std::vector<Violation> check_words(const std::vector<Source>& sources,
                                   const std::vector<Exception>& exceptions) {
    std::vector<Violation> violations;
    std::set<std::pair<std::string, std::string>> used;
    for (const auto& source : sources) {
        for (std::size_t index = 0; index < source.tokens.size(); ++index) {
            const std::string word(forbidden_word(source, index));
            if (word.empty())
                continue;
            const bool allowed = std::ranges::any_of(exceptions, [&](const Exception& exception) {
                return exception.word == word && exception.path == source.path;
            });
            if (allowed)
                used.emplace(word, source.path);
            else
                violations.push_back({source.path, source.tokens[index].line, explanation_of(word)});
        }
    }
    for (const auto& exception : exceptions) {
        if (!used.contains({exception.word, exception.path}))
            violations.push_back(
                {exception.path, 0, "is excepted from '" + exception.word + "' for nothing"});
    }
    return violations;
}

std::vector<Violation> check_comments(const Source& source) {
    static const std::regex open_end(R"(\b(TODO|FIXME|XXX|HACK)\b(\((bug|speed|feature)\): )?)");
    std::vector<Violation> violations;
    for (const auto& comment : source.comments) {
        for (std::sregex_iterator match(comment.text.begin(), comment.text.end(), open_end), end;
             match != end; ++match) {
            if (match->str(1) != "TODO" || match->str(2).empty())
                violations.push_back({source.path,
                                      comment.line + line_at(comment.text, match->position()) - 1,
                                      "an open end is written TODO(bug|speed|feature): ..."});
        }
    }
    return violations;
}

std::vector<Violation> check_portable(std::string_view path, std::string_view text) {
    static const std::regex machine(R"((^|[\s"'`(=:])/(home|Users|root|work|workspace|mnt)/[A-Za-z0-9_.])");
    static const std::regex registry(R"(https?://[^/\s"]*(registry|artifact|mirror|deb\.)[^/\s"]*)");
    if (text.size() > bytes_max)
        return {{std::string(path), 0,
                 "has " + std::to_string(text.size()) + " bytes (limit " + std::to_string(bytes_max) + ")"}};
    std::vector<Violation> violations;
    if (text.find('\0') != std::string_view::npos)
        return violations;
    const std::string copy(text);
    for (const auto& [pattern, message] : {std::pair{&machine, "a path of somebody's machine"},
                                           std::pair{&registry, "a host of a package registry"}}) {
        for (std::sregex_iterator match(copy.begin(), copy.end(), *pattern), end; match != end; ++match)
            violations.push_back(
                {std::string(path), line_at(text, match->position() + match->length() - 1), message});
    }
    return violations;
}

}  // namespace posed::tidy
