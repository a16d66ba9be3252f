#include "api/protection.h"

#include <algorithm>
#include <span>

#include "api/router.h"
#include "base/digest.h"

namespace posed::api {
namespace {

constexpr std::string_view bearer = "Bearer ";

/// The name of "name:port" or "[address]:port".
std::string_view without_port(std::string_view authority) noexcept {
    if (authority.starts_with('[')) {
        const auto end = authority.find(']');
        return end == std::string_view::npos ? authority : authority.substr(1, end - 1);
    }
    return authority.substr(0, authority.find(':'));
}

std::string digest_of(std::string_view text) {
    return sha256_of(std::as_bytes(std::span(text)));
}

/// In a time that does not depend on where they differ.
bool equal_in_constant_time(std::string_view a, std::string_view b) noexcept {
    unsigned difference = a.size() == b.size() ? 0 : 1;
    for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
        difference |= static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i]);
    return difference == 0;
}

/// "host:port" of "https://host:port".
std::string_view authority_of(std::string_view origin) noexcept {
    const auto scheme_end = origin.find("://");
    return scheme_end == std::string_view::npos ? std::string_view() : origin.substr(scheme_end + 3);
}

}  // namespace

Protection::Protection(ProtectionOptions options)
    : hosts_(std::move(options.allowed_hosts)), origins_(std::move(options.allowed_origins)) {
    if (!options.token.empty())
        token_digest_ = digest_of(options.token);
}

std::optional<Problem> Protection::check_host(std::string_view host, std::string_view server_address) const {
    const auto name = without_port(trimmed(host));
    const auto is_name = [name](std::string_view known) { return equal_ignoring_case(name, known); };
    if (!name.empty() &&
        (is_name("localhost") || is_name(server_address) || std::ranges::any_of(hosts_, is_name)))
        return {};
    return problem_of(Refusal::unknown_host,
                      "this service does not answer for the host '" + std::string(name) + "'",
                      "name the host in POSED_ALLOWED_HOSTS");
}

std::optional<Problem> Protection::check_origin(const Request& request) const {
    const auto origin = request.headers.find("Origin");
    if (!origin || !changes_state(request.method) || is_allowed_origin(*origin) ||
        equal_ignoring_case(authority_of(*origin), request.headers.find("Host").value_or("")))
        return {};
    return problem_of(Refusal::foreign_origin,
                      "pages of '" + std::string(*origin) + "' may not change anything here",
                      "name the origin in POSED_CORS_ORIGINS");
}

std::optional<Problem> Protection::check_token(const Request& request) const {
    if (token_digest_.empty())
        return {};
    const auto value = request.headers.find("Authorization").value_or("");
    if (equal_ignoring_case(value.substr(0, bearer.size()), bearer) &&
        equal_in_constant_time(digest_of(trimmed(value.substr(bearer.size()))), token_digest_))
        return {};
    return problem_of(Refusal::unauthorized, "a bearer token is missing or wrong",
                      "send the header Authorization: Bearer with the value of POSED_API_TOKEN");
}

Response Protection::answer_options(const Request& request, const std::vector<Method>& allowed) const {
    auto response = no_content();
    response.headers.add("Allow", listed(allowed));
    if (is_allowed_origin(request.headers.find("Origin").value_or(""))) {
        response.headers.add("Access-Control-Allow-Methods", listed(allowed));
        response.headers.add(
            "Access-Control-Allow-Headers",
            "Authorization, Content-Type, If-None-Match, If-Range, Last-Event-ID, Prefer, Range, "
            "X-Request-ID");
        response.headers.add("Access-Control-Max-Age", "600");
    }
    return response;
}

void Protection::add_headers(const Request& request, Headers& headers) const {
    headers.add("X-Content-Type-Options", "nosniff");
    headers.add("Referrer-Policy", "no-referrer");
    if (!headers.find("Content-Security-Policy"))
        headers.add("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
    if (origins_.empty())
        return;
    headers.add("Vary", "Origin");
    const auto origin = request.headers.find("Origin").value_or("");
    if (!is_allowed_origin(origin))
        return;
    headers.add("Access-Control-Allow-Origin", std::string(origin));
    headers.add("Access-Control-Expose-Headers",
                "Accept-Ranges, Content-Disposition, Content-Range, ETag, Link, Location, "
                "Preference-Applied, Retry-After, X-Request-ID, X-Total-Count");
}

bool Protection::is_allowed_origin(std::string_view origin) const noexcept {
    return !origin.empty() && std::ranges::find(origins_, origin) != origins_.end();
}

}  // namespace posed::api
