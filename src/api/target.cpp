#include "api/target.h"

#include <algorithm>
#include <cstdint>

namespace posed::api {
namespace {

constexpr std::string_view scheme = "http://";

bool may_stand_in_target(char byte) noexcept {
    return byte > ' ' && byte < 0x7f && byte != '#';
}

int hexadecimal_digit(char digit) noexcept {
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'a' && digit <= 'f')
        return digit - 'a' + 10;
    if (digit >= 'A' && digit <= 'F')
        return digit - 'A' + 10;
    return -1;
}

bool is_unreserved(char byte) noexcept {
    return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           byte == '-' || byte == '.' || byte == '_' || byte == '~';
}

/// The length of the UTF-8 sequence that starts here; 0 if none does (RFC 3629, section 4).
std::size_t sequence_length(std::string_view text) noexcept {
    const auto at = [&](std::size_t i) { return i < text.size() ? static_cast<std::uint8_t>(text[i]) : 0U; };
    const auto continues = [&](std::size_t i) { return (at(i) & 0xc0U) == 0x80U; };
    const auto first = at(0);
    if (first < 0x80)
        return 1;
    if (first >= 0xc2 && first <= 0xdf)
        return continues(1) ? 2 : 0;
    if (first >= 0xe0 && first <= 0xef) {
        const bool overlong = first == 0xe0 && at(1) < 0xa0;
        const bool surrogate = first == 0xed && at(1) > 0x9f;
        return !overlong && !surrogate && continues(1) && continues(2) ? 3 : 0;
    }
    if (first >= 0xf0 && first <= 0xf4) {
        const bool overlong = first == 0xf0 && at(1) < 0x90;
        const bool beyond = first == 0xf4 && at(1) > 0x8f;
        return !overlong && !beyond && continues(1) && continues(2) && continues(3) ? 4 : 0;
    }
    return 0;
}

}  // namespace

std::optional<Target> parse_target(std::string_view text) noexcept {
    if (text.empty() || !std::ranges::all_of(text, may_stand_in_target))
        return {};
    Target target;
    if (text == "*") {
        target.path = text;
        return target;
    }
    if (text.starts_with(scheme)) {
        text.remove_prefix(scheme.size());
        target.authority = text.substr(0, text.find_first_of("/?"));
        text.remove_prefix(target.authority.size());
        if (target.authority.empty())
            return {};
        if (text.empty())
            text = "/";
    }
    if (!text.starts_with('/'))
        return {};
    const auto question = text.find('?');
    target.path = text.substr(0, question);
    if (question != std::string_view::npos)
        target.query = text.substr(question + 1);
    return target;
}

bool is_utf8(std::string_view text) noexcept {
    while (!text.empty()) {
        const auto length = sequence_length(text);
        if (length == 0)
            return false;
        text.remove_prefix(length);
    }
    return true;
}

std::optional<std::string> percent_decoded(std::string_view text) {
    std::string decoded;
    decoded.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            decoded += text[i];
            continue;
        }
        if (i + 2 >= text.size())
            return {};
        const int high = hexadecimal_digit(text[i + 1]), low = hexadecimal_digit(text[i + 2]);
        if (high < 0 || low < 0)
            return {};
        decoded += static_cast<char>(high * 16 + low);
        i += 2;
    }
    if (decoded.find('\0') != std::string::npos || !is_utf8(decoded))
        return {};
    return decoded;
}

std::optional<std::vector<std::string>> path_segments(std::string_view path) {
    std::vector<std::string> segments;
    if (path.ends_with('/'))
        path.remove_suffix(1);
    while (!path.empty()) {
        path.remove_prefix(1);  // its slash
        const auto end = std::min(path.find('/'), path.size());
        auto segment = percent_decoded(path.substr(0, end));
        if (!segment)
            return {};
        segments.push_back(*std::move(segment));
        path.remove_prefix(end);
    }
    return segments;
}

std::optional<NamedTexts> parse_query(std::string_view query) {
    NamedTexts pairs;
    while (!query.empty()) {
        const auto end = std::min(query.find('&'), query.size());
        std::string pair(query.substr(0, end));
        query.remove_prefix(std::min(end + 1, query.size()));
        if (pair.empty())
            continue;
        std::ranges::replace(pair, '+', ' ');
        const std::string_view text = pair;
        const auto equals = std::min(text.find('='), text.size());
        auto name = percent_decoded(text.substr(0, equals));
        auto value = percent_decoded(text.substr(std::min(equals + 1, text.size())));
        if (!name || !value)
            return {};
        pairs.emplace_back(*std::move(name), *std::move(value));
    }
    return pairs;
}

}  // namespace posed::api
