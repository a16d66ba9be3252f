#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "api/application.h"
#include "api/server.h"

namespace boost::asio {
class io_context;
}  // namespace boost::asio

namespace posed::api {

class BlockingPool;

/// What all connections of a server share.
struct ConnectionParts {
    BlockingPool& pool;
    Application& application;
    const ServerLimits& limits;
    std::atomic<std::size_t>& waiting;         ///< requests that wait for a thread of the pool
    std::function<void(std::uint64_t)> ended;  ///< called with the connection's number
};

/// One client's connection. Lives as long as it is open; runs on the one thread of its context. Its
/// functions may be called from any thread.
class Connection {
  public:
    virtual ~Connection() = default;

    /// Ends after the request that is under way; at once if there is none.
    virtual void end_soon() = 0;

    /// Closes whatever is under way.
    virtual void close() = 0;

    /// Polls the event stream or late answer that is being sent, if one is.
    virtual void wake() = 0;
};

/// Serves the client of a connected socket, which it closes. One thread runs the context.
[[nodiscard]] std::shared_ptr<Connection> start_connection(int socket, std::uint64_t number,
                                                           boost::asio::io_context& context,
                                                           const ConnectionParts& parts);

}  // namespace posed::api
