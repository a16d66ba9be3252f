#include "api/problem.h"

#include <array>
#include <utility>

namespace posed::api {
namespace {

struct RefusalRow {
    Status status;
    const char* code;
};

RefusalRow details_of(Refusal refusal) noexcept {
    switch (refusal) {
        case Refusal::malformed_request:
            return {Status::bad_request, "malformed_request"};
        case Refusal::malformed_target:
            return {Status::bad_request, "malformed_target"};
        case Refusal::unknown_path:
            return {Status::not_found, "unknown_path"};
        case Refusal::method_not_allowed:
            return {Status::method_not_allowed, "method_not_allowed"};
        case Refusal::unauthorized:
            return {Status::unauthorized, "unauthorized"};
        case Refusal::foreign_origin:
            return {Status::forbidden, "foreign_origin"};
        case Refusal::unknown_host:
            return {Status::misdirected_request, "unknown_host"};
        case Refusal::head_too_large:
            return {Status::headers_too_large, "head_too_large"};
        case Refusal::body_too_large:
            return {Status::content_too_large, "body_too_large"};
        case Refusal::wrong_content_type:
            return {Status::unsupported_media_type, "wrong_content_type"};
        case Refusal::unknown_expectation:
            return {Status::expectation_failed, "unknown_expectation"};
        case Refusal::unsupported_version:
            return {Status::version_not_supported, "unsupported_version"};
        case Refusal::range_not_satisfiable:
            return {Status::range_not_satisfiable, "range_not_satisfiable"};
        case Refusal::overloaded:
            return {Status::service_unavailable, "overloaded"};
        case Refusal::stopping:
            return {Status::service_unavailable, "stopping"};
        case Refusal::invalid_fields:
            return {Status::unprocessable_content, "invalid_fields"};
    }
    return {Status::internal_server_error, "internal"};
}

Problem problem(Status status, std::string code, std::string detail, std::string suggestion) {
    Problem document{.title = phrase_of(status),
                     .status = number_of(status),
                     .detail = std::move(detail),
                     .code = std::move(code),
                     .status_code = number_of(status),
                     .error = phrase_of(status)};
    if (!suggestion.empty())
        document.suggestion = std::move(suggestion);
    return document;
}

/// Whose words may name files, hosts and libraries.
bool is_of_the_inside(Code code) noexcept {
    return status_of(code) == Status::internal_server_error;
}

}  // namespace

Rules rules_of(const Problem*) {
    return {rule("type", "Always about:blank: the code says it"),
            rule("title", "The status in words"),
            rule("status", "The HTTP status"),
            rule("detail", "What went wrong, with the measured value"),
            rule("instance", "The request's id, as in the header X-Request-ID and in the log"),
            rule("code", "What went wrong, for programs; stable"),
            rule("errors", "Every field that is wrong"),
            rule("suggestion", "What to do about it"),
            rule("status_code", "As status"),
            rule("error", "As title")};
}

Status status_of(Refusal refusal) noexcept {
    return details_of(refusal).status;
}

Status status_of(Code code) noexcept {
    switch (code) {
        case Code::malformed:
            return Status::bad_request;
        case Code::not_found:
            return Status::not_found;
        case Code::conflict:
        case Code::wrong_video:
            return Status::conflict;
        case Code::expired:
            return Status::gone;
        case Code::limit_exceeded:
            return Status::content_too_large;
        case Code::unsupported_media:
            return Status::unsupported_media_type;
        case Code::invalid_argument:
        case Code::corrupt_media:
        case Code::no_video_stream:
        case Code::empty_window:
        case Code::frames_lost:
        case Code::model_missing:
        case Code::estimator_unavailable:
            return Status::unprocessable_content;
        case Code::unavailable:
        case Code::decoder_crashed:
        case Code::cancelled:
            return Status::service_unavailable;
        case Code::storage_full:
            return Status::insufficient_storage;
        case Code::permission_denied:
        case Code::corrupt_archive:
        case Code::corrupt_model:
        case Code::input_output:
        case Code::internal:
            return Status::internal_server_error;
    }
    return Status::internal_server_error;
}

Problem problem_of(Refusal refusal, std::string detail, std::string suggestion) {
    const auto [status, code] = details_of(refusal);
    return problem(status, code, std::move(detail), std::move(suggestion));
}

Problem problem_of(const Error& error) {
    if (is_of_the_inside(error.code))
        return problem(Status::internal_server_error, name_of(Code::internal),
                       "the service failed; its log says more under this request's id", {});
    return problem(status_of(error.code), name_of(error.code), error.message, error.suggestion);
}

Problem problem_of(std::vector<FieldError> errors) {
    const auto& first = errors.front();
    auto detail = first.in + " " + first.pointer + ": " + first.message;
    if (errors.size() > 1)
        detail += " (and " + std::to_string(errors.size() - 1) + " more)";
    auto document = problem_of(Refusal::invalid_fields, std::move(detail));
    document.errors = std::move(errors);
    return document;
}

}  // namespace posed::api
