#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/http.h"
#include "api/response.h"
#include "api/schema.h"
#include "base/result.h"

namespace posed::api {

/// Takes a request's body piece by piece, in order, on threads of the blocking pool. Destroyed without
/// `finish` when the body does not end well (the client vanished, or a call failed): what was written is then
/// to be removed.
class BodySink {
  public:
    virtual ~BodySink() = default;
    [[nodiscard]] virtual Result<> write(std::span<const std::byte> piece) = 0;
    [[nodiscard]] virtual Result<Response> finish() = 0;
};

/// On which thread a handler runs. The connection's own is for what never waits: no file, no database.
enum class Runs : std::uint8_t { on_pool, at_once };

/// Whether a route asks for the bearer token, where one is set.
enum class Access : std::uint8_t { token, open };

/// What a route's row says beside the handler.
struct Documentation {
    std::string summary = {};
    std::string tag = {};
    std::string description = {};
    Status success = Status::ok;
    std::vector<Status> also = {};          ///< other statuses of success
    std::vector<Code> errors = {};          ///< beyond those of every route
    std::vector<std::string> headers = {};  ///< fields of the successful answer worth a line in the docs
    std::string media_type = "application/json";  ///< of the successful answer
    Runs runs = Runs::on_pool;
    Access access = Access::token;
};

/// Where the fields of a route's input come from. Each is an object.
struct InputSchema {
    Schema path = Schema(Kind::object);
    Schema query = Schema(Kind::object);
    std::optional<Schema> body = {};  ///< JSON
    std::optional<Schema> form = {};  ///< beside the file of an upload
};

/// One row of the table that routing, the OpenAPI document and the docs are made from.
struct Route {
    Method method = Method::get;
    std::string pattern = {};  ///< "/videos/{video_id}/"
    Documentation documentation = {};
    InputSchema input = {};
    std::optional<Schema> output = {};  ///< nothing: no body, or one that is no JSON
    std::function<Result<Response>(const Request&)> handler = {};
    std::function<Result<std::unique_ptr<BodySink>>(const Request&)> open_sink = {};  ///< of an upload
    std::uint64_t upload_bytes_max = 0;
};

/// Finds the route of a request. Immutable, hence for any thread.
class Router {
  public:
    /// Throws std::logic_error for two rows that the same request would match.
    explicit Router(std::vector<Route> routes);

    struct Match {
        const Route* route = nullptr;
        std::vector<std::pair<std::string, std::string>> path_values = {};
        std::vector<Method> allowed = {};  ///< of that path, HEAD and OPTIONS included; empty: no such path
    };

    /// A text in the pattern goes before a parameter: /tasks/events/ before /tasks/{task_id}/.
    [[nodiscard]] Match find(Method method, const std::vector<std::string>& segments) const;

    [[nodiscard]] const std::vector<Route>& routes() const noexcept { return routes_; }

  private:
    struct Segment {
        std::string text;
        bool is_parameter = false;

        friend bool operator==(const Segment&, const Segment&) = default;
    };
    using Pattern = std::vector<Segment>;

    static Pattern compiled(const std::string& pattern);
    static bool matches(const Pattern& pattern, const std::vector<std::string>& segments);
    static std::vector<Method> allowed_by(const std::vector<std::size_t>& found,
                                          const std::vector<Route>& routes);

    std::vector<Route> routes_;
    std::vector<Pattern> patterns_;  ///< of the route with the same index
};

/// "GET, HEAD, OPTIONS".
[[nodiscard]] std::string listed(const std::vector<Method>& methods);

/// The names in braces of a pattern.
[[nodiscard]] std::vector<std::string> parameters_of(const std::string& pattern);

}  // namespace posed::api
