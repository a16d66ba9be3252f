#pragma once

#include <chrono>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "api/protection.h"
#include "api/request_metrics.h"
#include "api/router.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"

namespace posed::api {

struct ApplicationOptions {
    ProtectionOptions protection = {};
    std::size_t body_bytes_max = 1'048'576;  ///< of requests that are no upload

    /// Whether an exception means that something outside is gone (the database), so that asking again helps.
    std::function<bool(const std::exception&)> is_outage = [](const std::exception&) { return false; };
};

/// What a request's head leads to: a route whose body is to be read, or an answer already.
struct Admission {
    const Route* route = nullptr;
    std::optional<Response> answer = {};
};

/// Everything between a request's head and its answer that needs no socket: protection, routing, the last
/// catch, header fields of every answer, access log and metrics. Used by all connections at once.
class Application {
  public:
    /// `log`, `metrics`, `clock` and `random` must outlive it.
    Application(std::vector<Route> routes, ApplicationOptions options, Log& log, Metrics& metrics,
                const Clock& clock, Random& random);

    [[nodiscard]] const Router& router() const noexcept { return router_; }

    /// Gives the request its id. Every request that begins is to be recorded.
    void begin(Request& request);

    /// Finds the route and fills `path_values`. Never waits.
    [[nodiscard]] Admission admit(Request& request, std::string_view server_address) const;

    /// Runs the route's handler. It may wait, so this belongs on the blocking pool.
    [[nodiscard]] Response answer(const Route& route, const Request& request) const;

    /// Runs `step`; its error or exception becomes an answer.
    [[nodiscard]] std::optional<Response> failure_of(const Request& request,
                                                     const std::function<Result<>()>& step) const;

    /// The refusal of a body that has grown to so many bytes, unless that is allowed.
    [[nodiscard]] std::optional<Response> too_large(std::uint64_t bytes) const;

    /// Adds the header fields that every answer has, and writes a problem out.
    void complete(const Request& request, Response& response) const;

    struct Outcome {
        const Route* route = nullptr;
        Status status = Status::ok;
        std::uint64_t bytes = 0;  ///< of the body, as far as it was sent
        std::chrono::microseconds duration{0};
        bool client_left = false;
    };

    /// The access log's line and the metrics.
    void record(const Request& request, const Outcome& outcome);

  private:
    [[nodiscard]] std::optional<Problem> objection_to(const Route& route, const Request& request) const;
    [[nodiscard]] Response refuse_method(const Request& request, const std::vector<Method>& allowed) const;
    [[nodiscard]] Response failed(const Request& request, const Error& error) const;
    [[nodiscard]] Response thrown(const Request& request, const std::exception& exception) const;

    Router router_;
    ApplicationOptions options_;
    Protection protection_;
    Log& log_;
    const Clock& clock_;
    Random& random_;
    RequestMetrics metrics_;
};

/// An upload under way: the sink of its route with a limit and the last catch around it. A response is a
/// refusal, after which only `abandon` may be called. One thread at a time.
class Upload {
  public:
    Upload(const Application& application, const Route& route, const Request& request)
        : application_(application), route_(route), request_(request) {}

    [[nodiscard]] std::optional<Response> open();
    [[nodiscard]] std::optional<Response> write(std::span<const std::byte> piece);
    [[nodiscard]] Response finish();
    void abandon();

  private:
    const Application& application_;
    const Route& route_;
    const Request& request_;
    std::unique_ptr<BodySink> sink_;
    std::uint64_t bytes_ = 0;
};

}  // namespace posed::api
