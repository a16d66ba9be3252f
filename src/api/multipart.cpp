#include "api/multipart.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "api/http.h"
#include "api/target.h"

namespace posed::api {
namespace {

constexpr std::size_t boundary_bytes_max = 70;  // RFC 2046, 5.1.1
constexpr std::size_t head_bytes_max = 8192;
constexpr std::size_t padding_bytes_max = 256;
constexpr std::size_t parts_max = 64;

using Parameters = std::vector<std::pair<std::string, std::string>>;

/// The quoted text that `text` begins with, and what follows it.
std::pair<std::string, std::string_view> quoted_text(std::string_view text) {
    std::string value;
    std::size_t i = 1;
    for (; i < text.size() && text[i] != '"'; ++i) {
        if (text[i] == '\\' && i + 1 < text.size() && (text[i + 1] == '"' || text[i + 1] == '\\'))
            ++i;
        value += text[i];
    }
    return {std::move(value), text.substr(std::min(i + 1, text.size()))};
}

/// The parameters behind the first semicolon of a field's value.
Parameters parameters_of(std::string_view value) {
    Parameters parameters;
    auto rest = value.substr(std::min(value.find(';'), value.size()));
    while (!rest.empty()) {
        rest.remove_prefix(1);  // the semicolon
        const auto end = std::min(rest.find_first_of("=;"), rest.size());
        std::string name(trimmed(rest.substr(0, end)));
        rest.remove_prefix(end);
        if (rest.empty() || rest.front() == ';')
            continue;
        rest = trimmed(rest.substr(1));
        std::string text;
        if (rest.starts_with('"')) {
            std::tie(text, rest) = quoted_text(rest);
            rest.remove_prefix(std::min(rest.find(';'), rest.size()));
        } else {
            const auto length = std::min(rest.find(';'), rest.size());
            text = trimmed(rest.substr(0, length));
            rest.remove_prefix(length);
        }
        parameters.emplace_back(std::move(name), std::move(text));
    }
    return parameters;
}

std::optional<std::string> find(const Parameters& parameters, std::string_view name) {
    for (const auto& [known, value] : parameters)
        if (equal_ignoring_case(known, name))
            return value;
    return {};
}

std::string replaced(std::string text, std::string_view what, std::string_view with) {
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
        text.replace(at, what.size(), with);
    return text;
}

/// `UTF-8''na%C3%AFve.mp4` (RFC 8187). RFC 7578 forbids it in forms; some clients send it all the same.
std::optional<std::string> extended_text(std::string_view value) {
    constexpr std::string_view charset = "UTF-8'";
    const auto language_end = value.find('\'', charset.size());
    if (language_end == std::string_view::npos ||
        !equal_ignoring_case(value.substr(0, charset.size()), charset))
        return {};
    return percent_decoded(value.substr(language_end + 1));
}

std::optional<std::string> filename_of(const Parameters& parameters) {
    if (const auto extended = find(parameters, "filename*"))
        if (auto text = extended_text(*extended))
            return text;
    auto filename = find(parameters, "filename");
    if (filename)
        filename = replaced(*filename, "%22", "\"");  // how browsers write a quote
    return filename;
}

Result<PartHead> parse_head(std::string_view lines) {
    while (!lines.empty()) {
        const auto end = std::min(lines.find("\r\n"), lines.size());
        const auto line = lines.substr(0, end);
        lines.remove_prefix(std::min(end + 2, lines.size()));
        const auto colon = line.find(':');
        if (colon == std::string_view::npos ||
            !equal_ignoring_case(trimmed(line.substr(0, colon)), "Content-Disposition"))
            continue;
        const auto value = trimmed(line.substr(colon + 1));
        const auto parameters = parameters_of(value);
        auto name = find(parameters, "name");
        if (equal_ignoring_case(trimmed(value.substr(0, value.find(';'))), "form-data") && name)
            return PartHead{.name = *std::move(name), .filename = filename_of(parameters)};
    }
    return fail(Code::malformed, "a part of the form has no Content-Disposition with a name");
}

/// How many bytes at the end of `bytes` may be the beginning of the delimiter, whose only carriage return is
/// its first byte.
std::size_t begun_delimiter(std::string_view bytes, std::string_view delimiter) {
    const auto tail = bytes.substr(bytes.size() - std::min(bytes.size(), delimiter.size() - 1));
    const auto begin = tail.rfind('\r');
    if (begin == std::string_view::npos || !delimiter.starts_with(tail.substr(begin)))
        return 0;
    return tail.size() - begin;
}

}  // namespace

std::optional<std::string> multipart_boundary(std::string_view content_type) {
    const auto type = trimmed(content_type.substr(0, content_type.find(';')));
    if (!equal_ignoring_case(type, "multipart/form-data"))
        return {};
    auto boundary = find(parameters_of(content_type), "boundary");
    const auto allowed = [](char byte) { return byte >= ' ' && byte < 0x7f; };
    if (!boundary || boundary->empty() || boundary->size() > boundary_bytes_max || boundary->ends_with(' ') ||
        !std::ranges::all_of(*boundary, allowed))
        return {};
    return boundary;
}

MultipartParser::MultipartParser(std::string_view boundary, PartHandler& handler)
    : handler_(handler), delimiter_("\r\n--" + std::string(boundary)) {}

Result<> MultipartParser::feed(std::string_view bytes) {
    while (!bytes.empty()) {
        switch (state_) {
            case State::preamble:
            case State::data:
                bytes = TRY(matched_ > 0 ? continue_delimiter(bytes) : skip_to_delimiter(bytes));
                break;
            case State::after_delimiter:
                bytes = TRY(end_delimiter(bytes));
                break;
            case State::head:
                bytes = TRY(collect_head(bytes));
                break;
            case State::epilogue:
                return {};
        }
    }
    return {};
}

Result<> MultipartParser::finish() const {
    if (state_ != State::epilogue)
        return fail(Code::malformed, "the form's final boundary is missing",
                    "send the body whole, and the boundary that Content-Type names");
    return {};
}

Result<std::string_view> MultipartParser::skip_to_delimiter(std::string_view bytes) {
    const auto at = bytes.find(delimiter_);
    if (at != std::string_view::npos) {
        TRY(emit(bytes.substr(0, at)));
        TRY(pass_delimiter());
        return bytes.substr(at + delimiter_.size());
    }
    matched_ = begun_delimiter(bytes, delimiter_);
    TRY(emit(bytes.substr(0, bytes.size() - matched_)));
    return std::string_view();
}

Result<std::string_view> MultipartParser::continue_delimiter(std::string_view bytes) {
    const auto expected = std::string_view(delimiter_).substr(matched_);
    const auto length = std::min(expected.size(), bytes.size());
    const auto* const differs =
        std::ranges::mismatch(expected.substr(0, length), bytes.substr(0, length)).in1;
    const auto same = static_cast<std::size_t>(differs - expected.begin());
    if (same < length) {
        const auto begun = std::exchange(matched_, 0) + same;
        TRY(emit(std::string_view(delimiter_).substr(0, begun)));
    } else {
        matched_ += same;
        if (matched_ == delimiter_.size())
            TRY(pass_delimiter());
    }
    return bytes.substr(same);
}

Result<std::string_view> MultipartParser::end_delimiter(std::string_view bytes) {
    while (!bytes.empty()) {
        line_ += bytes.front();
        bytes.remove_prefix(1);
        if (line_ == "--") {
            state_ = State::epilogue;
            return bytes;
        }
        if (line_.ends_with("\r\n")) {
            if (!trimmed(std::string_view(line_).substr(0, line_.size() - 2)).empty())
                return fail(Code::malformed, "a boundary of the form is followed by other text");
            line_ = "\r\n";  // so that an empty head ends like any other
            state_ = State::head;
            return bytes;
        }
        if (line_.size() > padding_bytes_max)
            return fail(Code::malformed, "a boundary of the form does not end its line");
    }
    return bytes;
}

Result<std::string_view> MultipartParser::collect_head(std::string_view bytes) {
    constexpr std::string_view end_of_head = "\r\n\r\n";
    const auto before = line_.size();
    line_ += bytes.substr(0, head_bytes_max);
    const auto end = line_.find(end_of_head, before - std::min(before, end_of_head.size() - 1));
    if (end == std::string::npos) {
        if (line_.size() > head_bytes_max)
            return fail(Code::malformed, "the head of a part of the form has more than " +
                                             std::to_string(head_bytes_max) + " bytes");
        return bytes.substr(line_.size() - before);
    }
    if (++parts_ > parts_max)
        return fail(Code::malformed, "the form has more than " + std::to_string(parts_max) + " parts");
    TRY(handler_.begin_part(TRY(parse_head(std::string_view(line_).substr(0, end)))));
    const auto used = end + end_of_head.size() - before;
    line_.clear();
    state_ = State::data;
    return bytes.substr(used);
}

Result<> MultipartParser::emit(std::string_view bytes) {
    if (state_ == State::preamble || bytes.empty())
        return {};
    return handler_.add_to_part(bytes);
}

Result<> MultipartParser::pass_delimiter() {
    const auto before = std::exchange(state_, State::after_delimiter);
    matched_ = 0;
    line_.clear();
    if (before == State::data)
        return handler_.end_part();
    return {};
}

}  // namespace posed::api
