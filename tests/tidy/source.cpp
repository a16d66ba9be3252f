#include "tests/tidy/source.h"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <iterator>
#include <ostream>
#include <sstream>
#include <stdexcept>

namespace posed::tidy {
namespace {

bool is_word(char letter) {
    return std::isalnum(static_cast<unsigned char>(letter)) != 0 || letter == '_';
}

class Lexer {
  public:
    Lexer(std::string path, std::string_view text) : text_(text) { source_.path = std::move(path); }

    Source run() {
        while (at_ < text_.size())
            step();
        source_.lines = line_ - (text_.ends_with('\n') ? 1 : 0);
        return std::move(source_);
    }

  private:
    [[nodiscard]] bool starts(std::string_view what) const { return text_.substr(at_).starts_with(what); }

    void step() {
        const char letter = text_[at_];
        if (letter == '\n') {
            ++line_;
            ++at_;
            line_is_empty_ = true;
            return;
        }
        if (std::isspace(static_cast<unsigned char>(letter)) != 0) {
            ++at_;
            return;
        }
        if (starts("//"))
            comment(std::min(text_.find('\n', at_), text_.size()));
        else if (starts("/*"))
            comment(end_after("*/", at_ + 2));
        else if (letter == '#' && line_is_empty_)
            directive();
        else if (letter == '"' || letter == '\'')
            literal(end_of_literal(letter));
        else if (starts("R\""))
            literal(end_of_raw_literal());
        else
            word_or_punctuation();
        line_is_empty_ = false;
    }

    [[nodiscard]] std::size_t end_after(std::string_view closing, std::size_t from) const {
        const auto found = text_.find(closing, from);
        return found == std::string_view::npos ? text_.size() : found + closing.size();
    }

    void advance_to(std::size_t end) {
        line_ += static_cast<int>(std::count(text_.begin() + static_cast<std::ptrdiff_t>(at_),
                                             text_.begin() + static_cast<std::ptrdiff_t>(end), '\n'));
        at_ = end;
    }

    void comment(std::size_t end) {
        source_.comments.push_back({std::string(text_.substr(at_, end - at_)), line_});
        advance_to(end);
    }

    void literal(std::size_t end) {
        source_.tokens.push_back({"\"\"", line_});
        advance_to(end);
    }

    [[nodiscard]] std::size_t end_of_literal(char quote) const {
        for (auto end = at_ + 1; end < text_.size(); ++end) {
            if (text_[end] == '\\')
                ++end;
            else if (text_[end] == quote)
                return end + 1;
        }
        return text_.size();
    }

    [[nodiscard]] std::size_t end_of_raw_literal() const {
        const auto open = std::min(text_.find('(', at_), text_.size());
        const auto delimiter = text_.substr(at_ + 2, open - at_ - 2);
        return end_after(")" + std::string(delimiter) + "\"", open);
    }

    void directive() {
        auto end = std::min(text_.find('\n', at_), text_.size());
        while (end < text_.size() && text_[end - 1] == '\\')
            end = std::min(text_.find('\n', end + 1), text_.size());
        const auto directive = text_.substr(at_, end - at_);
        if (const auto open = directive.find_first_of("<\"");
            open != std::string_view::npos && directive.substr(1).find("include") < open) {
            const auto close = directive.find_first_of(">\"", open + 1);
            source_.includes.push_back(
                {std::string(directive.substr(open + 1, close - open - 1)), directive[open] == '"', line_});
        }
        advance_to(end);
    }

    void word_or_punctuation() {
        auto end = at_ + 1;
        if (is_word(text_[at_])) {
            const bool number = std::isdigit(static_cast<unsigned char>(text_[at_])) != 0;
            while (end < text_.size() && (is_word(text_[end]) || (number && text_[end] == '\'')))
                ++end;
        } else if (starts("->") || starts("::")) {
            ++end;
        }
        source_.tokens.push_back({std::string(text_.substr(at_, end - at_)), line_});
        at_ = end;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    int line_ = 1;
    bool line_is_empty_ = true;
    Source source_;
};

}  // namespace

std::ostream& operator<<(std::ostream& stream, const Violation& violation) {
    return stream << violation.path << ':' << violation.line << ": " << violation.message;
}

Source parse_source(std::string path, std::string_view text) {
    return Lexer(std::move(path), text).run();
}

std::string read_text(const std::filesystem::path& file) {
    std::ifstream stream(file, std::ios::binary);
    if (!stream)
        throw std::runtime_error("cannot be read: " + file.string());
    return {std::istreambuf_iterator<char>(stream), {}};
}

std::vector<Source> read_sources(const std::filesystem::path& root, const std::vector<std::string>& folders) {
    std::vector<Source> sources;
    for (const auto& folder : folders) {
        for (const auto& entry : std::filesystem::recursive_directory_iterator(root / folder)) {
            const auto extension = entry.path().extension();
            if (entry.is_regular_file() && (extension == ".cpp" || extension == ".h"))
                sources.push_back(
                    parse_source(entry.path().lexically_relative(root), read_text(entry.path())));
        }
    }
    std::ranges::sort(sources, {}, &Source::path);
    return sources;
}

bool is_test(std::string_view path) {
    return path.starts_with("tests/") || path.ends_with("_test.cpp") ||
           path.substr(path.rfind('/') + 1).starts_with("sample_");
}

std::vector<std::string> words_of(std::string_view line) {
    std::istringstream stream{std::string(line)};
    return {std::istream_iterator<std::string>(stream), {}};
}

}  // namespace posed::tidy
