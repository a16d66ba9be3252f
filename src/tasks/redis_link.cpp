#include "tasks/redis_link.h"

#include <algorithm>
#include <utility>

namespace posed::tasks {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds shortest_pause{50};
constexpr milliseconds longest_pause{5000};

}  // namespace

RedisLink::RedisLink(RedisAddress address, std::string purpose, Random& random, Log& log)
    : address_(std::move(address)),
      purpose_(std::move(purpose)),
      random_(random),
      log_(log),
      pause_(shortest_pause) {}

RedisConnection* RedisLink::connection(const std::stop_token& stop) {
    if (connection_ || std::chrono::steady_clock::now() < next_try_)
        return connection_.get();
    auto opened = RedisConnection::open(address_, redis_patience, stop);
    if (opened.has_error()) {
        failed(opened.error());
        return nullptr;
    }
    connection_ = *std::move(opened);
    return connection_.get();
}

void RedisLink::failed(const Error& error) {
    connection_.reset();
    if (error.code == Code::cancelled)
        return;
    if (!std::exchange(away_, true))
        log_.warning("redis does not do its part", {{"part", purpose_}, {"why", error.message}});
    next_try_ = std::chrono::steady_clock::now() +
                std::chrono::duration_cast<milliseconds>(pause_ * (0.5 + random_.fraction() / 2));
    pause_ = std::min(2 * pause_, longest_pause);
}

void RedisLink::succeeded() {
    pause_ = shortest_pause;
    if (std::exchange(away_, false))
        log_.info("redis does its part again", {{"part", purpose_}});
}

Result<RedisReply> accepted(Result<RedisReply> reply) {
    if (reply.has_value() && reply->kind == RedisReply::Kind::error)
        return fail(Code::unavailable, "redis refuses: " + reply->text);
    return reply;
}

}  // namespace posed::tasks
