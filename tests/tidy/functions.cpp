#include "tests/tidy/functions.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <span>
#include <string_view>

namespace posed::tidy {
namespace {

template <std::size_t N>
bool is_one_of(std::string_view text, const std::array<std::string_view, N>& words) {
    return std::ranges::find(words, text) != words.end();
}

constexpr std::array<std::string_view, 10> words_before_a_body{
    ")", "]", "const", "noexcept", "override", "final", "mutable", "try", "&", "}"};

/// What an opening brace outside of functions begins.
enum class Brace { scope, function, initializer };

/// What stands between the last statement and an opening brace, groups in brackets left out except for the
/// brackets themselves.
struct Head {
    std::vector<std::string_view> words;
    int first_line = 0;

    [[nodiscard]] bool has(std::string_view word) const {
        return std::ranges::find(words, word) != words.end();
    }

    /// After the parameters: the member initializers of a constructor.
    [[nodiscard]] bool has_initializers() const {
        const auto parameters = std::ranges::find(words, ")");
        return std::find(parameters, words.end(), ":") != words.end();
    }

    [[nodiscard]] std::string name() const {
        const auto parameters = std::ranges::find(words, "(");
        const bool named =
            parameters != words.begin() && parameters != words.end() && *(parameters - 1) != "]";
        return named ? std::string(*(parameters - 1)) : "lambda";
    }
};

Brace classify(const Head& head) {
    static constexpr std::array<std::string_view, 4> types{"class", "struct", "union", "enum"};
    const bool extern_block = head.words.size() == 2 && head.words.front() == "extern";
    if (head.words.empty() || head.has("namespace") || extern_block)
        return Brace::scope;
    const auto last = head.words.back();
    const bool has_parameters = head.has("(");
    if (std::ranges::any_of(head.words, [](auto word) { return is_one_of(word, types); }) &&
        !(has_parameters && is_one_of(last, words_before_a_body)))
        return head.has("enum") ? Brace::initializer : Brace::scope;
    if (head.has("=") && !head.has("operator") && last != ")" && last != "]" && !head.has("->"))
        return Brace::initializer;
    if (has_parameters && head.has_initializers())
        return last == ")" || last == "}" ? Brace::function : Brace::initializer;
    const bool body = is_one_of(last, words_before_a_body) || head.has("->") || head.has("requires");
    return body && (has_parameters || last == "]") ? Brace::function : Brace::initializer;
}

class Finder {
  public:
    explicit Finder(const Source& source) : tokens_(source.tokens) {}

    std::vector<Function> run() {
        while (at_ < tokens_.size())
            scope();
        return std::move(functions_);
    }

  private:
    /// The statements up to the brace that closes this scope.
    void scope() {
        while (at_ < tokens_.size()) {
            if (tokens_[at_].text == "}") {
                ++at_;
                return;
            }
            statement();
        }
    }

    void statement() {
        Head head;
        while (at_ < tokens_.size() && tokens_[at_].text != "}") {
            const auto& token = tokens_[at_];
            if (token.text == ";") {
                ++at_;
                return;
            }
            if (token.text == "{") {
                if (opened(head))
                    return;
                continue;
            }
            if (is_label(head, token.text)) {
                head = {};
                ++at_;
                continue;
            }
            if (is_macro_line(head, token.text))
                head = {};
            if (head.words.empty())
                head.first_line = token.line;
            if (token.text == "(" || token.text == "[")
                group(head);
            else if (token.text == "template" && tokens_[at_ + 1].text == "<")
                skip_template_parameters();
            else
                head.words.push_back(tokens_[at_++].text);
        }
    }

    static bool is_label(const Head& head, std::string_view text) {
        static constexpr std::array<std::string_view, 3> labels{"public", "private", "protected"};
        return text == ":" && head.words.size() == 1 && is_one_of(head.words.front(), labels);
    }

    /// `MACRO(...)` without a semicolon, before the declaration that `text` begins.
    static bool is_macro_line(const Head& head, std::string_view text) {
        return head.words.size() == 3 && head.words.back() == ")" &&
               (std::isalpha(static_cast<unsigned char>(text.front())) != 0) &&
               !is_one_of(text, words_before_a_body) && text != "requires";
    }

    /// Handles the brace after `head`; true where it ends the statement.
    bool opened(Head& head) {
        const auto kind = classify(head);
        if (kind == Brace::scope) {
            ++at_;
            scope();
            return true;
        }
        const auto end = closing();
        if (kind == Brace::function)
            functions_.push_back(
                {head.name(), head.first_line, tokens_[std::min(end, tokens_.size() - 1)].line});
        else
            head.words.push_back("}");
        at_ = end + 1;
        return kind == Brace::function;
    }

    void group(Head& head) {
        head.words.push_back(tokens_[at_].text);
        at_ = closing();
        if (at_ < tokens_.size())
            head.words.push_back(tokens_[at_++].text);
    }

    void skip_template_parameters() {
        int depth = 0;
        for (++at_; at_ < tokens_.size(); ++at_) {
            if (tokens_[at_].text == "(") {
                at_ = closing();
            } else if (tokens_[at_].text == "<") {
                ++depth;
            } else if (tokens_[at_].text == ">" && --depth == 0) {
                ++at_;
                return;
            }
        }
    }

    /// The index of the bracket that closes the one at `at_`, or the number of tokens.
    [[nodiscard]] std::size_t closing() const {
        int depth = 0;
        for (auto index = at_; index < tokens_.size(); ++index) {
            const auto& text = tokens_[index].text;
            if (text == "(" || text == "[" || text == "{")
                ++depth;
            else if ((text == ")" || text == "]" || text == "}") && --depth == 0)
                return index;
        }
        return tokens_.size();
    }

    std::span<const Token> tokens_;
    std::size_t at_ = 0;
    std::vector<Function> functions_;
};

}  // namespace

std::vector<Function> functions_of(const Source& source) {
    return Finder(source).run();
}

}  // namespace posed::tidy
