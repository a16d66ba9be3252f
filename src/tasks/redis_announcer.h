#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <thread>

#include "base/log.h"
#include "base/random.h"
#include "base/result.h"
#include "tasks/announcer.h"
#include "tasks/redis_connection.h"

/// Announcing by Redis. A queue is the stream `posed:queue:NAME`, its entries are wake-ups without content,
/// and the consumer group `workers` gives each to one worker. That tasks have changed is a message of the
/// channel `posed:events`. Redis may lose all of it, refuse, hang or be away: only the waking gets slower.
namespace posed::tasks {

struct RedisAnnouncerOptions {
    RedisAddress address = {};
    /// After that a wake-up that nobody has spent is another worker's: who took it is dead or busy. Workers
    /// spend theirs within milliseconds.
    std::chrono::milliseconds abandoned_after{10'000};
};

/// Connects by itself, when it is first needed. Waiting and telling go on on threads of its own, so that a
/// Redis that hangs holds nobody. `random` and `log` must outlive it.
[[nodiscard]] std::unique_ptr<Announcer> announce_by_redis(const RedisAnnouncerOptions& options,
                                                           Random& random, Log& log);

/// Calls `on_change`, on a thread of its own, whenever anybody's `Announcer::changed` has arrived, until it
/// is destroyed. After every time without Redis, too.
class RedisListener {
  public:
    /// `random` and `log` must outlive it.
    RedisListener(const RedisAddress& address, std::function<void()> on_change, Random& random, Log& log);

  private:
    std::jthread thread_;
};

/// Whether Redis can be used as a broker: it answers, lets us in, and does not lose its streams at a restart.
/// Errors: unavailable and permission_denied, with messages for the log; conflict when its settings are at
/// fault.
[[nodiscard]] Result<> check_redis(const RedisAddress& address);

}  // namespace posed::tasks
