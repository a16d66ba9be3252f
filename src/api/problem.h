#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <boost/describe/class.hpp>
#include <boost/json/value.hpp>

#include "api/http.h"
#include "api/schema.h"
#include "base/result.h"

namespace posed::api {

/// One thing that is wrong with a request.
struct FieldError {
    std::string in;       ///< body, query, path or form
    std::string pointer;  ///< JSON pointer: "/target_fps"
    std::string code;     ///< missing, unknown_field, wrong_type, out_of_range, too_short, too_long ...
    std::string message;
    std::optional<boost::json::value> value = {};  ///< as it was sent, when that is short

    friend bool operator==(const FieldError&, const FieldError&) = default;
};
BOOST_DESCRIBE_STRUCT(FieldError, (), (in, pointer, code, message, value))

/// The document of RFC 9457 that every failure is answered with. `status_code` and `error` repeat status and
/// phrase for clients of the service that Posed follows.
struct Problem {
    std::string type = "about:blank";
    std::string title = {};
    int status = 0;
    std::string detail = {};
    std::string instance = {};  ///< the request's id
    std::string code = {};      ///< stable; what programs branch on
    std::vector<FieldError> errors = {};
    std::optional<std::string> suggestion = {};
    int status_code = 0;
    std::string error = {};
};
BOOST_DESCRIBE_STRUCT(Problem, (),
                      (type, title, status, detail, instance, code, errors, suggestion, status_code, error))
Rules rules_of(const Problem*);

/// What HTTP itself refuses, before any resource is asked.
enum class Refusal : std::uint8_t {
    malformed_request,
    malformed_target,
    unknown_path,
    method_not_allowed,
    unauthorized,
    foreign_origin,
    unknown_host,
    head_too_large,
    body_too_large,
    wrong_content_type,
    unknown_expectation,
    unsupported_version,
    range_not_satisfiable,
    overloaded,
    stopping,
    invalid_fields
};

/// The status of a refusal.
[[nodiscard]] Status status_of(Refusal refusal) noexcept;

/// The status of an error.
[[nodiscard]] Status status_of(Code code) noexcept;

/// The document for a refusal; `detail` says what was measured.
[[nodiscard]] Problem problem_of(Refusal refusal, std::string detail, std::string suggestion = {});

/// The document for an error. What the service itself is to blame for tells the client nothing of its inside.
[[nodiscard]] Problem problem_of(const Error& error);

[[nodiscard]] Problem problem_of(std::vector<FieldError> errors);

}  // namespace posed::api
