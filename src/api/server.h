#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "api/application.h"
#include "base/log.h"
#include "base/result.h"

namespace posed::api {

/// How long to wait for a client, and how much to take from it.
struct ServerLimits {
    std::size_t connections_max = 16'000;
    std::size_t head_bytes_max = 16'384;
    std::chrono::milliseconds idle{75'000};         ///< between two requests
    std::chrono::milliseconds head{10'000};         ///< from a request's first byte to its head's end
    std::chrono::milliseconds stall{30'000};        ///< without a byte of a body, in either direction
    std::uint64_t body_bytes_per_second_min = 500;  ///< on average, after the first `stall`
    std::chrono::milliseconds discard{10'000};      ///< reading on after an early refusal
    std::uint64_t discard_bytes_max = 64'000'000;
    std::size_t waiting_max = 1'000;                  ///< requests waiting for a thread of the blocking pool
    std::chrono::milliseconds event_comment{15'000};  ///< so that proxies keep an idle stream open
    std::chrono::milliseconds event_poll{1'000};      ///< where nobody calls wake_streams
};

struct ServerOptions {
    std::string host = "127.0.0.1";  ///< an address, or a name with one
    std::uint16_t port = 8000;       ///< 0: any that is free
    unsigned io_threads = 2;
    unsigned pool_threads = 16;                    ///< for handlers, which may wait
    std::chrono::milliseconds stop_grace{10'000};  ///< for requests under way
    ServerLimits limits = {};
};

/// Listens and serves until destroyed. Its own threads do the work; the functions may be called from any
/// other.
class Server {
  public:
    /// Stops as `stop` does.
    virtual ~Server() = default;

    [[nodiscard]] virtual std::uint16_t port() const noexcept = 0;
    [[nodiscard]] virtual std::size_t connections() const noexcept = 0;

    /// Something may have happened: every open event stream and late answer is polled.
    virtual void wake_streams() = 0;

    /// Accepts nobody any more, closes idle connections and ends streams, lets requests under way finish
    /// within the grace, then closes what is left. Returns when the last handler has returned.
    virtual void stop() = 0;
};

/// `application` must outlive the server. Errors: invalid_argument for a host without address,
/// permission_denied, conflict for a port that is taken, unavailable.
[[nodiscard]] Result<std::unique_ptr<Server>> open_server(const ServerOptions& options,
                                                          Application& application, Log& log);

/// Raises this process's limit on open files as far as the system lets it, and says how far: a connection
/// needs one.
std::size_t raise_open_file_limit() noexcept;

}  // namespace posed::api
