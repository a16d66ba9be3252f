#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace posed::tasks {

/// Where a Redis is, and as whom to log in.
struct RedisAddress {
    std::string host = {};
    std::uint16_t port = 6379;
    std::string user = {};  ///< empty: Redis's own `default`
    std::string password = {};
    bool tls = false;
    std::filesystem::path ca_file = {};  ///< whom to trust with TLS; empty: whom the system trusts
};

/// `redis://[USER:PASSWORD@]HOST[:PORT]`, or `rediss://` for TLS; what URLs reserve is percent-encoded.
/// Errors: invalid_argument, which does not quote the text, because it may hold a password.
[[nodiscard]] Result<RedisAddress> parse_redis_url(std::string_view url);

/// What Redis says: an answer, or a message of a channel.
struct RedisReply {
    enum class Kind : std::uint8_t { nothing, error, text, number, list };

    Kind kind = Kind::nothing;
    std::string text = {};  ///< of errors too
    std::int64_t number = 0;
    std::vector<RedisReply> list = {};
};

/// A command and its arguments.
using RedisCommand = std::vector<std::string>;

/// One conversation with a Redis (RESP 2). Calls wait, for as long as the patience lasts or until `stop` is
/// requested. After any error the connection is of no use any more; an error that Redis answers with is a
/// reply. For one thread at a time.
class RedisConnection {
  public:
    using Patience = std::chrono::milliseconds;

    /// Connects, verifies the server's certificate and name where TLS is asked for, and logs in. Errors:
    /// unavailable, permission_denied for user or password, invalid_argument for the file of authorities,
    /// cancelled.
    [[nodiscard]] static Result<std::unique_ptr<RedisConnection>> open(const RedisAddress& address,
                                                                       Patience patience,
                                                                       const std::stop_token& stop = {});
    RedisConnection(const RedisConnection&) = delete;
    RedisConnection& operator=(const RedisConnection&) = delete;
    ~RedisConnection();

    /// Errors: unavailable, cancelled.
    [[nodiscard]] Result<RedisReply> ask(const RedisCommand& command, Patience patience,
                                         const std::stop_token& stop = {});

    /// Sends all commands at once; as many replies, in their order. Errors: as `ask`.
    [[nodiscard]] Result<std::vector<RedisReply>> ask_all(std::span<const RedisCommand> commands,
                                                          Patience patience,
                                                          const std::stop_token& stop = {});

    /// The next message, after a SUBSCRIBE. Errors: as `ask`.
    [[nodiscard]] Result<RedisReply> listen(Patience patience, const std::stop_token& stop = {});

  private:
    struct State;
    explicit RedisConnection(std::unique_ptr<State> state) noexcept;
    std::unique_ptr<State> state_;
};

}  // namespace posed::tasks
