#include "tasks/redis_announcer.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "tasks/redis_link.h"

namespace posed::tasks {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using SteadyClock = std::chrono::steady_clock;
using Kind = RedisReply::Kind;

constexpr const char* group = "workers";
/// One for all: who took a wake-up is of no interest, only when. Names of processes would pile up.
constexpr const char* consumer = "worker";
constexpr const char* channel = "posed:events";

constexpr std::int64_t wake_ups_max = 1000;        ///< that stand at a time: so many idle workers are woken
constexpr const char* stream_length_max = "2000";  ///< those under way included
constexpr milliseconds longest_block{5000};        ///< a connection that is silent for longer is looked after
constexpr milliseconds unanswered_pause{1000};     ///< before a worker asks a database again that was away
constexpr milliseconds least_time_between_tellings{20};
constexpr seconds silent_channel{30};

std::string stream_of(const std::string& queue) {
    return "posed:queue:" + queue;
}

bool is_error(const RedisReply& reply, std::string_view kind) {
    return reply.kind == Kind::error && reply.text.starts_with(kind);
}

/// How many wake-ups stand in the stream that no worker has taken.
Result<std::int64_t> standing_wake_ups(RedisConnection& connection, const std::string& stream) {
    const std::vector<RedisCommand> questions{{"XLEN", stream}, {"XPENDING", stream, group}};
    const auto replies = TRY(connection.ask_all(questions, redis_patience));
    const auto length = TRY(accepted(replies[0])).number;
    if (is_error(replies[1], "NOGROUP"))
        return length;
    const auto pending = TRY(accepted(replies[1]));
    return length - (pending.list.empty() ? 0 : pending.list.front().number);
}

Result<> add_wake_ups(RedisConnection& connection, const std::string& stream, std::int64_t count) {
    const std::vector<RedisCommand> commands(
        static_cast<std::size_t>(count), {"XADD", stream, "MAXLEN", "~", stream_length_max, "*", "due", "1"});
    for (auto& reply : TRY(connection.ask_all(commands, redis_patience)))
        TRY(accepted(std::move(reply)));
    return {};
}

Result<> top_up(RedisConnection& connection, const std::string& stream, std::int64_t due) {
    const auto standing = TRY(standing_wake_ups(connection, stream));
    const auto missing = std::min(due, wake_ups_max) - standing;
    return missing > 0 ? add_wake_ups(connection, stream, missing) : Result<>();
}

/// Makes the group, and the stream if there is none. From the stream's beginning: what was announced before
/// the first worker came is not lost.
Result<> make_group(RedisConnection& connection, const std::string& stream, const std::stop_token& stop) {
    const auto reply =
        TRY(connection.ask({"XGROUP", "CREATE", stream, group, "0", "MKSTREAM"}, redis_patience, stop));
    if (!is_error(reply, "BUSYGROUP"))
        TRY(accepted(reply));
    return {};
}

/// The wake-ups of one worker: takes one from the stream when the worker waits, and gives it up when it is
/// spent.
class WakeUps {
  public:
    WakeUps(const RedisAnnouncerOptions& options, Random& random, Log& log)
        : abandoned_after_(options.abandoned_after),
          link_(options.address, "waking workers", random, log),
          thread_([this](const std::stop_token& stop) { serve(stop); }) {}

    void wait(const std::string& queue, std::chrono::microseconds timeout, const std::stop_token& stop) {
        std::unique_lock lock(mutex_);
        if (state_ == State::handed_over) {  // the database has not answered: no reason to ask again at once
            changed_.wait_for(lock, stop, std::min<std::chrono::microseconds>(timeout, unanswered_pause),
                              [] { return false; });
            return;
        }
        queue_ = queue;
        waiting_until_ = SteadyClock::now() + timeout;
        changed_.notify_all();
        if (changed_.wait_until(lock, stop, *waiting_until_, [this] { return state_ == State::taken; }))
            state_ = State::handed_over;
        waiting_until_.reset();
    }

    void looked() {
        const std::lock_guard lock(mutex_);
        if (state_ != State::handed_over)
            return;
        state_ = State::spent;
        changed_.notify_all();
    }

  private:
    enum class State { none, taken, handed_over, spent };

    void serve(const std::stop_token& stop) {
        std::unique_lock lock(mutex_);
        while (changed_.wait(lock, stop, [this] { return is_wanted(); })) {
            if (!link_.is_connected() && SteadyClock::now() < link_.next_try()) {
                changed_.wait_until(lock, stop, link_.next_try(), [] { return false; });
                continue;
            }
            const auto result = state_ == State::spent ? spend(lock, stop) : take(lock, stop);
            result.has_error() ? link_.failed(result.error()) : link_.succeeded();
        }
    }

    /// Whether there is something to do: to give one up, or to take one for a worker that waits.
    [[nodiscard]] bool is_wanted() const {
        return state_ == State::spent || (state_ == State::none && waiting_until_);
    }

    Result<> spend(std::unique_lock<std::mutex>& lock, const std::stop_token& stop) {
        const std::vector<RedisCommand> commands{{"XACK", stream_, group, entry_}, {"XDEL", stream_, entry_}};
        state_ = State::none;  // whatever comes of it: what stays there is claimed by somebody later
        lock.unlock();
        auto result = give_up(commands, stop);
        lock.lock();
        return result;
    }

    Result<> give_up(const std::vector<RedisCommand>& commands, const std::stop_token& stop) {
        auto* connection = link_.connection(stop);
        if (connection == nullptr)
            return fail(Code::cancelled, "is away");
        for (auto& reply : TRY(connection->ask_all(commands, redis_patience, stop)))
            TRY(accepted(std::move(reply)));
        return {};
    }

    Result<> take(std::unique_lock<std::mutex>& lock, const std::stop_token& stop) {
        const auto stream = stream_of(queue_);
        const auto until = *waiting_until_;
        lock.unlock();
        auto entry = next_entry(stream, until, stop);
        lock.lock();
        if (entry.has_error())
            return entry.error();
        if (entry->empty())
            return {};
        stream_ = stream;
        entry_ = std::move(*entry);
        state_ = State::taken;
        changed_.notify_all();
        return {};
    }

    /// The id of an entry; empty when none has come.
    Result<std::string> next_entry(const std::string& stream, SteadyClock::time_point until,
                                   const std::stop_token& stop) {
        const bool is_new = !link_.is_connected();
        auto* connection = link_.connection(stop);
        if (connection == nullptr)
            return fail(Code::cancelled, "is away");  // the link has told why
        if (is_new)
            TRY(make_group(*connection, stream, stop));
        if (SteadyClock::now() >= next_claim_) {
            auto entry = TRY(claim(*connection, stream, stop));
            if (!entry.empty())
                return entry;
            next_claim_ = SteadyClock::now() + abandoned_after_ / 2;
        }
        return read(*connection, stream, until, stop);
    }

    /// Of somebody who has not spent it.
    Result<std::string> claim(RedisConnection& connection, const std::string& stream,
                              const std::stop_token& stop) const {
        const auto reply =
            TRY(connection.ask({"XAUTOCLAIM", stream, group, consumer,
                                std::to_string(abandoned_after_.count()), "0-0", "COUNT", "1", "JUSTID"},
                               redis_patience, stop));
        if (is_error(reply, "NOGROUP"))
            return std::string();  // reading makes it
        const auto claimed = TRY(accepted(reply));
        const bool found = claimed.list.size() > 1 && !claimed.list[1].list.empty();
        return found ? claimed.list[1].list.front().text : std::string();
    }

    Result<std::string> read(RedisConnection& connection, const std::string& stream,
                             SteadyClock::time_point until, const std::stop_token& stop) const {
        const auto left = std::chrono::ceil<milliseconds>(until - SteadyClock::now());
        const auto block = std::clamp(left, milliseconds(1), longest_block);
        const auto reply = TRY(connection.ask({"XREADGROUP", "GROUP", group, consumer, "COUNT", "1", "BLOCK",
                                               std::to_string(block.count()), "STREAMS", stream, ">"},
                                              block + redis_patience, stop));
        if (is_error(reply, "NOGROUP") || is_error(reply, "UNBLOCKED")) {  // somebody has deleted the stream
            TRY(make_group(connection, stream, stop));
            return std::string();
        }
        const auto streams = TRY(accepted(reply));
        if (streams.kind == Kind::nothing)
            return std::string();
        return streams.list.at(0).list.at(1).list.at(0).list.at(0).text;
    }

    const milliseconds abandoned_after_;
    std::mutex mutex_;
    std::condition_variable_any changed_;
    State state_ = State::none;
    std::string queue_;
    std::optional<SteadyClock::time_point> waiting_until_;

    // Of the thread.
    RedisLink link_;
    SteadyClock::time_point next_claim_;
    std::string stream_;
    std::string entry_;
    std::jthread thread_;  ///< last: it uses the others
};

/// Tells the channel that tasks have changed, but not each change of many.
class Telling {
  public:
    Telling(const RedisAddress& address, Random& random, Log& log)
        : link_(address, "telling of changes", random, log),
          thread_([this](const std::stop_token& stop) { serve(stop); }) {}

    void tell() {
        const std::lock_guard lock(mutex_);
        news_ = true;
        changed_.notify_all();
    }

  private:
    void serve(const std::stop_token& stop) {
        std::unique_lock lock(mutex_);
        while (changed_.wait(lock, stop, [this] { return news_; })) {
            news_ = false;
            lock.unlock();
            publish(stop);
            lock.lock();
            changed_.wait_for(lock, stop, least_time_between_tellings, [] { return false; });
        }
    }

    /// Nothing is lost but time when Redis is away.
    void publish(const std::stop_token& stop) {
        auto* connection = link_.connection(stop);
        if (connection == nullptr)
            return;
        const auto reply = accepted(connection->ask({"PUBLISH", channel, ""}, redis_patience, stop));
        reply.has_error() ? link_.failed(reply.error()) : link_.succeeded();
    }

    std::mutex mutex_;
    std::condition_variable_any changed_;
    bool news_ = false;
    RedisLink link_;
    std::jthread thread_;  ///< last: it uses the others
};

class RedisAnnouncer final : public Announcer {
  public:
    RedisAnnouncer(RedisAnnouncerOptions options, Random& random, Log& log)
        : options_(std::move(options)),
          random_(random),
          log_(log),
          announcing_(options_.address, "announcing", random, log) {}

    bool announce(const std::string& queue, std::int64_t due) override {
        const std::lock_guard lock(announcing_mutex_);
        auto* connection = announcing_.connection({});
        if (connection == nullptr)
            return false;
        const auto result = top_up(*connection, stream_of(queue), due);
        result.has_error() ? announcing_.failed(result.error()) : announcing_.succeeded();
        return result.has_value();
    }

    void wait(const std::string& queue, std::chrono::microseconds timeout,
              const std::stop_token& stop) override {
        std::call_once(waking_begins_, [this] { waking_.emplace(options_, random_, log_); });
        waking_->wait(queue, timeout, stop);
    }

    void looked() override {
        if (waking_)
            waking_->looked();
    }

    void changed() override {
        std::call_once(telling_begins_, [this] { telling_.emplace(options_.address, random_, log_); });
        telling_->tell();
    }

  private:
    const RedisAnnouncerOptions options_;
    Random& random_;
    Log& log_;
    std::mutex announcing_mutex_;
    RedisLink announcing_;
    std::once_flag waking_begins_;
    std::optional<WakeUps> waking_;
    std::once_flag telling_begins_;
    std::optional<Telling> telling_;
};

/// Hears messages until the channel is silent for long; then it is better to connect anew than to trust it.
Result<> hear(RedisLink& link, const std::function<void()>& on_change, const std::stop_token& stop) {
    auto* connection = link.connection(stop);
    if (connection == nullptr)
        return fail(Code::cancelled, "is away");
    TRY(accepted(connection->ask({"SUBSCRIBE", channel}, redis_patience, stop)));
    link.succeeded();
    on_change();  // what was told before is not told again
    while (true) {
        const auto begin = SteadyClock::now();
        const auto heard = connection->listen(silent_channel, stop);
        if (heard.has_error() && SteadyClock::now() - begin < silent_channel)
            return heard.error();
        if (heard.has_error())
            return link.renew(), Result<>();
        on_change();
    }
}

void listen(RedisLink link, const std::function<void()>& on_change, const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any pause;
    std::unique_lock lock(mutex);
    while (!stop.stop_requested()) {
        const auto result = hear(link, on_change, stop);
        if (result.has_error())
            link.failed(result.error());
        pause.wait_until(lock, stop, link.next_try(), [] { return false; });
    }
}

/// What follows a name in a list of names and values.
std::optional<RedisReply> value_of(const RedisReply& reply, std::string_view name) {
    for (std::size_t i = 0; i + 1 < reply.list.size(); i += 2)
        if (reply.list[i].text == name)
            return reply.list[i + 1];
    return {};
}

bool says(const std::optional<RedisReply>& reply, std::string_view text) {
    return reply && reply->text.find(text) != std::string::npos;
}

}  // namespace

std::unique_ptr<Announcer> announce_by_redis(const RedisAnnouncerOptions& options, Random& random, Log& log) {
    return std::make_unique<RedisAnnouncer>(options, random, log);
}

RedisListener::RedisListener(const RedisAddress& address, std::function<void()> on_change, Random& random,
                             Log& log)
    : thread_([link = RedisLink(address, "hearing of changes", random, log),
               on_change = std::move(on_change)](const std::stop_token& stop) mutable {
          listen(std::move(link), on_change, stop);
      }) {}

Result<> check_redis(const RedisAddress& address) {
    const auto connection = TRY(RedisConnection::open(address, redis_patience));
    const auto persistence = TRY(accepted(connection->ask({"INFO", "persistence"}, redis_patience)));
    if (!says(persistence, "aof_enabled:1"))
        return {};
    // It replays the file as the user `default`, and what that user may not do is skipped: whole streams.
    const auto user = TRY(connection->ask({"ACL", "GETUSER", "default"}, redis_patience));
    if (user.kind == Kind::error)
        return fail(
            Code::conflict,
            "keeps an append-only file, and does not let us see whether its user default may replay it",
            "allow +acl|getuser");
    if (says(value_of(user, "commands"), "+@all") && says(value_of(user, "keys"), "~*"))
        return {};
    return fail(Code::conflict,
                "keeps an append-only file that its user default may not replay: a restart loses the queues",
                "in its ACL file, write `user default off resetpass ~* &* +@all`");
}

}  // namespace posed::tasks
