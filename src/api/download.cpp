#include "api/download.h"

#include <algorithm>
#include <charconv>

#include "api/target.h"
#include "base/escaped_text.h"

namespace posed::api {
namespace {

/// Digits and nothing else.
std::optional<std::uint64_t> parse_position(std::string_view text) noexcept {
    std::uint64_t number = 0;
    const auto* const end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, number);
    if (text.empty() || stopped != end || text.front() == '-')
        return {};
    if (error == std::errc::result_out_of_range)
        return UINT64_MAX;
    return error == std::errc{} ? std::optional(number) : std::nullopt;
}

RangeChoice suffix(std::uint64_t length, std::uint64_t size) noexcept {
    const auto available = std::min(length, size);
    if (available == 0)
        return {.kind = RangeKind::unsatisfiable};
    return {.kind = RangeKind::part, .range = {size - available, available}};
}

/// Whether If-None-Match lists the validator (weak comparison).
bool lists_etag(std::string_view value, std::string_view quoted) noexcept {
    if (trimmed(value) == "*")
        return true;
    while (!value.empty()) {
        const auto comma = std::min(value.find(','), value.size());
        auto candidate = trimmed(value.substr(0, comma));
        if (candidate.starts_with("W/"))
            candidate.remove_prefix(2);
        if (candidate == quoted)
            return true;
        value.remove_prefix(std::min(comma + 1, value.size()));
    }
    return false;
}

RangeChoice chosen_range(const Request& request, const std::string& quoted_etag, std::uint64_t size) {
    const auto range = request.headers.find("Range");
    if (!range || request.method != Method::get)
        return {};
    const auto condition = request.headers.find("If-Range");
    if (condition && trimmed(*condition) != quoted_etag)
        return {};
    return parse_range(*range, size);
}

Response unsatisfiable(std::uint64_t size) {
    auto response = problem_response(
        problem_of(Refusal::range_not_satisfiable,
                   "the range lies outside of the " + std::to_string(size) + " bytes there are"));
    response.headers.add("Content-Range", "bytes */" + std::to_string(size));
    return response;
}

std::string in_quotes(const std::string& etag) {
    return '"' + etag + '"';
}

Headers validators_of(const Download& download) {
    return {{"ETag", in_quotes(download.etag)},
            {"Accept-Ranges", "bytes"},
            {"Cache-Control", download.cache_control}};
}

/// What stays of a name where only plain ASCII may stand.
std::string plain_name(std::string name) {
    std::ranges::replace_if(
        name,
        [](char byte) { return byte < ' ' || byte > '~' || byte == '"' || byte == '\\' || byte == '%'; },
        '_');
    return name;
}

}  // namespace

RangeChoice parse_range(std::string_view value, std::uint64_t size) noexcept {
    constexpr std::string_view unit = "bytes=";
    value = trimmed(value);
    if (!equal_ignoring_case(value.substr(0, unit.size()), unit))
        return {};
    value = trimmed(value.substr(unit.size()));
    const auto dash = value.find('-');
    if (dash == std::string_view::npos || value.find(',') != std::string_view::npos)
        return {};
    const auto first = parse_position(value.substr(0, dash));
    const auto last = parse_position(value.substr(dash + 1));
    if (dash == 0)
        return last ? suffix(*last, size) : RangeChoice{};
    if (!first || (!last && dash + 1 < value.size()) || (last && *last < *first))
        return {};
    if (*first >= size)
        return {.kind = RangeKind::unsatisfiable};
    const auto end = last ? std::min(*last, size - 1) : size - 1;
    return {.kind = RangeKind::part, .range = {*first, end - *first + 1}};
}

std::string content_disposition(Disposition disposition, const std::string& filename) {
    std::string value = disposition == Disposition::attachment ? "attachment" : "inline";
    if (filename.empty())
        return value;
    const auto plain = plain_name(filename);
    value += "; filename=\"" + plain + '"';
    if (plain != filename && is_utf8(filename))
        value += "; filename*=UTF-8''" + percent_encoded(filename);
    return value;
}

std::optional<Response> not_modified(const Request& request, const Download& download) {
    const auto known = request.headers.find("If-None-Match");
    if (!known || !lists_etag(*known, in_quotes(download.etag)))
        return {};
    return Response{.status = Status::not_modified, .headers = validators_of(download)};
}

Response send(const Request& request, Download download) {
    if (auto response = not_modified(request, download))
        return *std::move(response);
    const auto size = download.source->size();
    Response response{.headers = validators_of(download)};
    const auto [kind, range] = chosen_range(request, in_quotes(download.etag), size);
    if (kind == RangeKind::unsatisfiable)
        return unsatisfiable(size);
    response.headers.add("Content-Type", download.media_type);
    response.headers.add("Content-Disposition", content_disposition(download.disposition, download.filename));
    if (kind == RangeKind::whole) {
        response.body = SourceBody{std::move(download.source), 0, size};
        return response;
    }
    response.status = Status::partial_content;
    response.headers.add("Content-Range", "bytes " + std::to_string(range.first) + '-' +
                                              std::to_string(range.first + range.size - 1) + '/' +
                                              std::to_string(size));
    response.body = SourceBody{std::move(download.source), range.first, range.size};
    return response;
}

}  // namespace posed::api
