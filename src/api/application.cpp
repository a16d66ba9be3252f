#include "api/application.h"

#include <algorithm>
#include <utility>

#include <fmt/chrono.h>

#include "api/target.h"
#include "base/identifiers.h"

namespace posed::api {
namespace {

constexpr const char* part_is_away = "a part that the service needs does not answer";
constexpr const char* ask_again = "ask again; GET /health/deep/ names the part";

constexpr std::size_t request_id_bytes_max = 64;

bool is_sane_id(std::string_view id) noexcept {
    const auto allowed = [](char byte) {
        return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
               byte == '-' || byte == '_' || byte == '.';
    };
    return !id.empty() && id.size() <= request_id_bytes_max && std::ranges::all_of(id, allowed);
}

/// "Sun, 06 Nov 1994 08:49:37 GMT".
std::string http_date(std::chrono::microseconds since_1970) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(since_1970);
    return fmt::format("{:%a, %d %b %Y %H:%M:%S} GMT", fmt::gmtime(seconds.count()));
}

bool is_json(std::string_view content_type) noexcept {
    const auto type = trimmed(content_type.substr(0, content_type.find(';')));
    return equal_ignoring_case(type, "application/json") ||
           (type.size() > 5 && equal_ignoring_case(type.substr(type.size() - 5), "+json"));
}

std::optional<Problem> objection_to_expectation(const Request& request) {
    const auto expectation = request.headers.find("Expect");
    if (!expectation || equal_ignoring_case(trimmed(*expectation), "100-continue"))
        return {};
    return problem_of(Refusal::unknown_expectation,
                      "the expectation '" + std::string(*expectation) + "' is not known");
}

Problem body_too_large(std::uint64_t bytes, std::uint64_t limit) {
    return problem_of(Refusal::body_too_large, "the body has " + std::to_string(bytes) +
                                                   " bytes or more; the limit is " + std::to_string(limit));
}

Admission refusal(Problem problem) {
    return {.answer = problem_response(std::move(problem))};
}

}  // namespace

Application::Application(std::vector<Route> routes, ApplicationOptions options, Log& log, Metrics& metrics,
                         const Clock& clock, Random& random)
    : router_(std::move(routes)),
      options_(std::move(options)),
      protection_(options_.protection),
      log_(log),
      clock_(clock),
      random_(random),
      metrics_(metrics) {}

void Application::begin(Request& request) {
    const auto sent = request.headers.find("X-Request-ID").value_or("");
    request.id = is_sane_id(sent) ? std::string(sent) : new_uuid_v7(clock_, random_);
    metrics_.begin();
}

Admission Application::admit(Request& request, std::string_view server_address) const {
    if (request.headers.count("Host") != 1)
        return refusal(problem_of(Refusal::malformed_request, "there must be one Host field"));
    const auto target = parse_target(request.target);
    const auto segments = target ? path_segments(target->path) : std::nullopt;
    if (!segments)
        return refusal(problem_of(Refusal::malformed_target, "the target is no path with correct escapes"));
    request.path = target->path;
    request.query = target->query;
    const auto host = target->authority.empty() ? *request.headers.find("Host") : target->authority;
    if (auto problem = protection_.check_host(host, server_address))
        return refusal(*std::move(problem));
    if (auto problem = protection_.check_origin(request))
        return refusal(*std::move(problem));

    auto match = router_.find(request.method, *segments);
    if (match.route == nullptr)
        return {.answer = refuse_method(request, match.allowed)};
    if (auto problem = objection_to(*match.route, request)) {
        auto admission = refusal(*std::move(problem));
        admission.route = match.route;
        if (admission.answer->status == Status::unauthorized)
            admission.answer->headers.add("WWW-Authenticate", "Bearer");
        return admission;
    }
    request.path_values = std::move(match.path_values);
    return {.route = match.route};
}

std::optional<Problem> Application::objection_to(const Route& route, const Request& request) const {
    if (route.documentation.access == Access::token)
        if (auto problem = protection_.check_token(request))
            return problem;
    if (auto problem = objection_to_expectation(request))
        return problem;
    const auto limit = route.open_sink ? route.upload_bytes_max : options_.body_bytes_max;
    if (request.content_length.value_or(0) > limit)
        return body_too_large(*request.content_length, limit);
    const auto type = request.headers.find("Content-Type");
    if (route.input.body && type && !is_json(*type))
        return problem_of(Refusal::wrong_content_type, "the body is said to be '" + std::string(*type) + "'",
                          "send JSON with the header Content-Type: application/json");
    return {};
}

Response Application::refuse_method(const Request& request, const std::vector<Method>& allowed) const {
    if (allowed.empty())
        return problem_response(problem_of(Refusal::unknown_path, "there is nothing at " + request.path,
                                           "see /docs for what there is"));
    if (request.method == Method::options)
        return protection_.answer_options(request, allowed);
    auto response = problem_response(problem_of(
        Refusal::method_not_allowed, std::string(name_of(request.method)) + " is not possible here",
        "use one of " + listed(allowed)));
    response.headers.add("Allow", listed(allowed));
    return response;
}

Response Application::answer(const Route& route, const Request& request) const {
    Response response;
    auto failure = failure_of(request, [&]() -> Result<> {
        response = TRY(route.handler(request));
        return {};
    });
    return failure ? *std::move(failure) : std::move(response);
}

std::optional<Response> Application::failure_of(const Request& request,
                                                const std::function<Result<>()>& step) const {
    try {
        if (const auto result = step(); result.has_error())
            return failed(request, result.error());
        return {};
    } catch (const std::exception& exception) {
        return thrown(request, exception);
    }
}

Response Application::failed(const Request& request, const Error& error) const {
    const bool is_outage = error.code == Code::unavailable;  // of the store: its words name its place
    if (is_outage || status_of(error.code) == Status::internal_server_error)
        log_.error(error.message, {{"request_id", request.id}, {"code", name_of(error.code)}});
    return problem_response(problem_of(is_outage ? fail(error.code, part_is_away, ask_again) : error));
}

Response Application::thrown(const Request& request, const std::exception& exception) const {
    log_.error(exception.what(), {{"request_id", request.id}, {"exception", type_name(typeid(exception))}});
    const auto code = options_.is_outage(exception) ? Code::unavailable : Code::internal;
    return problem_response(problem_of(fail(code, part_is_away, ask_again)));
}

std::optional<Response> Application::too_large(std::uint64_t bytes) const {
    if (bytes <= options_.body_bytes_max)
        return {};
    return problem_response(body_too_large(bytes, options_.body_bytes_max));
}

void Application::complete(const Request& request, Response& response) const {
    if (auto* problem = std::get_if<Problem>(&response.body)) {
        problem->instance = request.id;
        auto text = to_json(*problem);
        response.body = std::move(text);
    }
    response.headers.add("Date", http_date(clock_.now()));
    response.headers.add("X-Request-ID", request.id);
    protection_.add_headers(request, response.headers);
}

void Application::record(const Request& request, const Outcome& outcome) {
    const std::string_view route =
        outcome.route != nullptr ? std::string_view(outcome.route->pattern) : "none";
    metrics_.end(name_of(request.method), route, outcome.status, outcome.duration);
    log_.info("request", {{"request_id", request.id},
                          {"method", name_of(request.method)},
                          {"path", request.path},
                          {"route", route},
                          {"status", number_of(outcome.status)},
                          {"bytes", outcome.bytes},
                          {"duration_us", outcome.duration.count()},
                          {"client", request.client},
                          {"client_left", outcome.client_left}});
}

std::optional<Response> Upload::open() {
    return application_.failure_of(request_, [this]() -> Result<> {
        sink_ = TRY(route_.open_sink(request_));
        return {};
    });
}

std::optional<Response> Upload::write(std::span<const std::byte> piece) {
    bytes_ += piece.size();
    if (bytes_ > route_.upload_bytes_max)
        return problem_response(body_too_large(bytes_, route_.upload_bytes_max));
    return application_.failure_of(request_, [this, piece] { return sink_->write(piece); });
}

Response Upload::finish() {
    Response response;
    auto failure = application_.failure_of(request_, [&]() -> Result<> {
        response = TRY(sink_->finish());
        sink_.reset();
        return {};
    });
    return failure ? *std::move(failure) : std::move(response);
}

void Upload::abandon() {
    sink_.reset();
}

}  // namespace posed::api
