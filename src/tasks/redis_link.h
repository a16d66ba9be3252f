#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "base/log.h"
#include "base/random.h"
#include "base/result.h"
#include "tasks/redis_connection.h"

namespace posed::tasks {

/// Private to this folder: a connection that is made when it is needed, and again when it broke. After each
/// failure the next try has to wait longer, up to 5 s, of which a random half is kept, so that a Redis that
/// comes back is not run over. The log hears of the first failure of a row, and of its end. For one thread at
/// a time.
class RedisLink {
  public:
    /// `purpose` names it in the log. `random` and `log` must outlive it.
    RedisLink(RedisAddress address, std::string purpose, Random& random, Log& log);

    /// The connection; nothing when there is none and none can be made now.
    [[nodiscard]] RedisConnection* connection(const std::stop_token& stop);

    /// Whether the next call of `connection` makes one.
    [[nodiscard]] bool is_connected() const noexcept { return connection_ != nullptr; }

    /// Drops the connection after an error.
    void failed(const Error& error);

    /// Drops a connection that may be of no use any more, though nothing failed.
    void renew() { connection_.reset(); }

    /// That Redis did what it was asked for.
    void succeeded();

    /// When `connection` tries again.
    [[nodiscard]] std::chrono::steady_clock::time_point next_try() const noexcept { return next_try_; }

  private:
    const RedisAddress address_;
    const std::string purpose_;
    Random& random_;
    Log& log_;
    std::unique_ptr<RedisConnection> connection_;
    std::chrono::steady_clock::time_point next_try_;
    std::chrono::milliseconds pause_;
    bool away_ = false;
};

/// How long Redis may take to connect, or to answer what it answers at once.
inline constexpr std::chrono::milliseconds redis_patience{2000};

/// The reply, or, as an error, what Redis refused it with: unavailable.
[[nodiscard]] Result<RedisReply> accepted(Result<RedisReply> reply);

}  // namespace posed::tasks
