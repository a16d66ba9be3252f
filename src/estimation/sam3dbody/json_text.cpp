#include "estimation/sam3dbody/json_text.h"

#include <cctype>
#include <charconv>
#include <utility>

#include "base/byte_source.h"

namespace posed::estimation::sam3dbody {
namespace {

constexpr int deepest = 32;

class Parser {
  public:
    explicit Parser(std::string_view text) : text_(text) {}

    Result<Json> document() {
        auto value = TRY(parse(0));
        skip_space();
        if (at_ != text_.size())
            return wrong();
        return value;
    }

  private:
    [[nodiscard]] Error wrong() const {
        return fail(Code::malformed, "not JSON from byte " + std::to_string(at_) + " on");
    }

    void skip_space() {
        while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0)
            ++at_;
    }

    bool take(std::string_view word) {
        skip_space();
        if (!text_.substr(at_).starts_with(word))
            return false;
        at_ += word.size();
        return true;
    }

    Result<Json> parse(int depth) {
        if (depth > deepest)
            return wrong();
        if (take("{"))
            return object(depth);
        if (take("["))
            return list(depth);
        if (take("\"")) {
            Json json{.kind = Json::Kind::text};
            json.text = TRY(text());
            return json;
        }
        for (const auto& [word, number] : {std::pair{"true", 1.0}, {"false", 0.0}})
            if (take(word))
                return Json{.kind = Json::Kind::number, .number = number};
        if (take("null"))
            return Json{};
        Json json{.kind = Json::Kind::number};
        const auto* begin = text_.data() + at_;
        const auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), json.number);
        if (error != std::errc())
            return wrong();
        at_ += static_cast<std::size_t>(end - begin);
        return json;
    }

    Result<Json> object(int depth) {
        Json json{.kind = Json::Kind::object};
        if (take("}"))
            return json;
        do {
            if (!take("\""))
                return wrong();
            auto key = TRY(text());
            if (!take(":"))
                return wrong();
            auto value = TRY(parse(depth + 1));
            json.object.insert_or_assign(std::move(key), std::move(value));
        } while (take(","));
        return take("}") ? Result<Json>(std::move(json)) : wrong();
    }

    Result<Json> list(int depth) {
        Json json{.kind = Json::Kind::list};
        if (take("]"))
            return json;
        do
            json.list.push_back(TRY(parse(depth + 1)));
        while (take(","));
        return take("]") ? Result<Json>(std::move(json)) : wrong();
    }

    /// Escapes stand for the character that follows them, which is right for quotes and backslashes.
    Result<std::string> text() {
        std::string text;
        for (; at_ < text_.size() && text_[at_] != '"'; ++at_) {
            if (text_[at_] == '\\' && ++at_ == text_.size())
                return wrong();
            text += text_[at_];
        }
        if (at_ == text_.size())
            return wrong();
        ++at_;
        return text;
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

}  // namespace

const Json* Json::find(std::initializer_list<std::string_view> path) const {
    const auto* json = this;
    for (const auto key : path) {
        const auto found = json->object.find(key);
        if (found == json->object.end())
            return nullptr;
        json = &found->second;
    }
    return json;
}

Result<Json> read_json(std::string_view text) {
    return Parser(text).document();
}

Result<Json> read_json_file(const std::filesystem::path& path) {
    const auto file = TRY(open_file(path));
    constexpr std::uint64_t largest = 64 << 20;
    if (file->size() > largest)
        return fail(Code::malformed, path.string() + " has " + std::to_string(file->size()) + " bytes");
    std::string text(file->size(), ' ');
    TRY(read_exactly(*file, 0, std::as_writable_bytes(std::span(text)), Code::malformed));
    auto json = read_json(text);
    if (!json)
        return fail(Code::malformed, path.string() + ": " + json.error().message);
    return json;
}

}  // namespace posed::estimation::sam3dbody
