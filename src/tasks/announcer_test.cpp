// What every announcer promises, and what the one by Redis does besides.

#include "tasks/announcer.h"

#include <condition_variable>
#include <csignal>
#include <fstream>
#include <mutex>
#include <sstream>
#include <thread>

#include <gmock/gmock.h>

#include "tasks/outbox.h"
#include "tasks/redis_announcer.h"
#include "tasks/sample_tasks.h"

namespace posed::tasks {
namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;

constexpr auto patience = 5s;
constexpr const char* stream = "posed:queue:inference";

class AnnouncerTest : public TaskSuite {
  protected:
    /// How long a wait took.
    static SteadyClock::duration waited(Announcer& announcer, std::chrono::microseconds timeout,
                                        const std::stop_token& stop = {}) {
        const auto begin = SteadyClock::now();
        announcer.wait("inference", timeout, stop);
        return SteadyClock::now() - begin;
    }
};
INSTANTIATE_TEST_SUITE_P(, AnnouncerTest, every_backend(), name_of_backend);

TEST_P(AnnouncerTest, WakesWhoeverWaits) {
    const auto worker = GetParam().make_announcer(*records);
    const auto server = GetParam().make_announcer(*records);
    worker->wait("inference", 10ms, {});  // whatever was before
    for (const char recipe : {'a', 'b', 'c'}) {
        worker->looked();
        std::jthread submitter([&] {
            submitted(recipe);
            announce_due(*records, *server);
        });
        EXPECT_LT(waited(*worker, 1h), 1min);
    }
}

TEST_P(AnnouncerTest, WaitsNoLongerThanItIsToldTo) {
    const auto announcer = GetParam().make_announcer(*records);
    announcer->wait("inference", 10ms, {});
    announcer->looked();
    for (int i = 0; i < 3; ++i) {
        const auto time = waited(*announcer, 150ms);
        EXPECT_GE(time, 100ms);
        EXPECT_LT(time, 10s);
    }
}

TEST_P(AnnouncerTest, StopsOnRequest) {
    const auto announcer = GetParam().make_announcer(*records);
    announcer->wait("inference", 10ms, {});
    announcer->looked();
    std::stop_source stop;
    std::jthread stopper([&] { stop.request_stop(); });
    EXPECT_LT(waited(*announcer, 1h, stop.get_token()), 1min);
    EXPECT_LT(waited(*announcer, 1h, stop.get_token()), 1min);
}

/// Counts calls, and waits for them.
class Calls {
  public:
    void note() {
        const std::lock_guard lock(mutex_);
        ++count_;
        changed_.notify_all();
    }
    bool reach(int count) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, 1min, [&] { return count_ >= count; });
    }
    int count() {
        const std::lock_guard lock(mutex_);
        return count_;
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    int count_ = 0;
};

class RedisAnnouncerTest : public testing::Test {
  protected:
    void SetUp() override {
        POSED_NEEDS_SERVERS();
        (void)say({"FLUSHALL"});
    }

    static RedisAddress address() { return parse_redis_url(sample_redis().url()).value(); }

    static std::unique_ptr<Announcer> announcer(std::chrono::milliseconds abandoned_after = 1h) {
        return announce_by_redis({.address = address(), .abandoned_after = abandoned_after}, system_random(),
                                 silent_log());
    }

    static RedisReply say(const RedisCommand& command) {
        return RedisConnection::open(address(), patience).value()->ask(command, patience).value();
    }

    static std::int64_t length() { return say({"XLEN", stream}).number; }

    static bool becomes(const std::function<bool()>& holds) {
        const auto end = SteadyClock::now() + 1min;
        while (!holds())
            if (SteadyClock::now() > end)
                return false;
        return true;
    }
};

TEST_F(RedisAnnouncerTest, TopsUpToWhatIsDue) {
    const auto server = announcer();
    EXPECT_TRUE(server->announce("inference", 5));
    EXPECT_EQ(length(), 5);
    EXPECT_TRUE(server->announce("inference", 5));
    EXPECT_TRUE(server->announce("inference", 3));
    EXPECT_EQ(length(), 5);
    const auto worker = announcer();
    worker->wait("inference", 1h, {});
    EXPECT_TRUE(server->announce("inference", 5));
    EXPECT_EQ(length(), 6) << "the one that a worker has taken does not count";
    worker->looked();
    EXPECT_TRUE(becomes([] { return length() == 5; }));
}

TEST_F(RedisAnnouncerTest, KeepsTheStreamShort) {
    const auto server = announcer();
    for (int i = 0; i < 5; ++i) {
        EXPECT_TRUE(server->announce("inference", 1'000'000));
        EXPECT_EQ(length(), 1000);
        (void)say({"XGROUP", "CREATE", stream, "workers", "0"});
        (void)say({"XREADGROUP", "GROUP", "workers", "greedy", "COUNT", "700", "STREAMS", stream, ">"});
        (void)say({"XTRIM", stream, "MAXLEN", "300"});
        (void)say({"XGROUP", "DESTROY", stream, "workers"});
    }
}

TEST_F(RedisAnnouncerTest, WakesOneWorkerForEach) {
    const auto server = announcer(), first = announcer(), second = announcer();
    std::stop_source stop;
    Calls woken;
    const auto wait = [&](Announcer& worker) {
        worker.wait("inference", 1h, stop.get_token());
        woken.note();
    };
    std::jthread first_worker([&] { wait(*first); });
    std::jthread second_worker([&] { wait(*second); });
    EXPECT_TRUE(becomes([] {
        return say({"CLIENT", "LIST"}).text.find("cmd=xreadgroup") != std::string::npos;
    }));
    EXPECT_TRUE(server->announce("inference", 1));
    EXPECT_TRUE(woken.reach(1));
    EXPECT_EQ(woken.count(), 1);
    EXPECT_TRUE(server->announce("inference", 1));
    EXPECT_TRUE(woken.reach(2));
}

TEST_F(RedisAnnouncerTest, AWorkerWithoutDatabaseTakesNoSecondWakeUp) {
    const auto server = announcer(), worker = announcer();
    EXPECT_TRUE(server->announce("inference", 2));
    worker->wait("inference", 1h, {});
    const auto begin = SteadyClock::now();
    worker->wait("inference", 1h, {});  // without `looked`
    EXPECT_GE(SteadyClock::now() - begin, 500ms);
    EXPECT_EQ(say({"XPENDING", stream, "workers"}).list.at(0).number, 1);
    worker->looked();
    worker->wait("inference", 1h, {});
    worker->looked();
    EXPECT_TRUE(becomes([] { return length() == 0; }));
}

TEST_F(RedisAnnouncerTest, ClaimsWhatADeadWorkerHasTaken) {
    EXPECT_TRUE(announcer()->announce("inference", 3));
    (void)say({"XGROUP", "CREATE", stream, "workers", "0"});
    (void)say({"XREADGROUP", "GROUP", "workers", "dead", "COUNT", "3", "STREAMS", stream, ">"});
    const auto worker = announcer(100ms);
    for (int i = 0; i < 3; ++i) {
        const auto until = SteadyClock::now() + 1min;
        while (length() == 3 - i && SteadyClock::now() < until) {
            worker->wait("inference", 200ms, {});
            worker->looked();
        }
    }
    EXPECT_TRUE(becomes([] { return length() == 0; }));
    EXPECT_EQ(say({"XPENDING", stream, "workers"}).list.at(0).number, 0);
}

TEST_F(RedisAnnouncerTest, TakesADeletedStreamForAnEmptyOne) {
    const auto server = announcer(), worker = announcer();
    for (int i = 0; i < 2; ++i) {
        Calls woken;
        std::jthread waiting([&] {
            worker->wait("inference", 1h, {});
            worker->looked();
            woken.note();
        });
        EXPECT_TRUE(becomes([] {
            return say({"CLIENT", "LIST"}).text.find("cmd=xreadgroup") != std::string::npos;
        }));
        (void)say({"FLUSHALL"});
        EXPECT_TRUE(server->announce("inference", 1));
        EXPECT_TRUE(woken.reach(1));
    }
}

TEST_F(RedisAnnouncerTest, IsNotTakenForGrantedWhileRedisIsFull) {
    const auto server = announcer();
    EXPECT_TRUE(server->announce("inference", 1));
    (void)say({"CONFIG", "SET", "maxmemory", "1"});
    EXPECT_FALSE(server->announce("inference", 2));
    (void)say({"CONFIG", "SET", "maxmemory", "0"});
    EXPECT_TRUE(becomes([&] { return server->announce("inference", 2); }));
    EXPECT_EQ(length(), 2);
}

TEST_F(RedisAnnouncerTest, TellsListenersOfChanges) {
    Calls heard;
    const auto server = announcer(), worker = announcer();
    const RedisListener listener(
        address(), [&] { heard.note(); }, system_random(), silent_log());
    ASSERT_TRUE(heard.reach(1));  // when it has begun to listen
    worker->changed();
    EXPECT_TRUE(heard.reach(2));
    server->changed();
    EXPECT_TRUE(heard.reach(3));
    for (int i = 0; i < 10'000; ++i)
        worker->changed();
    EXPECT_TRUE(heard.reach(4));
    EXPECT_LT(heard.count(), 1000) << "not every change of many";
}

TEST_F(RedisAnnouncerTest, ListenersComeBackAfterRedisHas) {
    Calls heard;
    tests::PrivateRedis redis;
    const auto there = parse_redis_url(redis.url()).value();
    const auto worker = announce_by_redis({.address = there}, system_random(), silent_log());
    const RedisListener listener(
        there, [&] { heard.note(); }, system_random(), silent_log());
    ASSERT_TRUE(heard.reach(1));
    redis.kill();
    worker->changed();
    redis.start();
    EXPECT_TRUE(heard.reach(2)) << "something may have been missed";
    const auto before = heard.count();
    EXPECT_TRUE(becomes([&] {
        worker->changed();
        return heard.count() > before;
    }));
}

TEST_F(RedisAnnouncerTest, TheCheckFindsWhatLosesTheQueues) {
    EXPECT_TRUE(check_redis(address()).has_value());
    const auto checked = [](std::vector<std::string> users, const std::string& login) {
        const tests::PrivateRedis redis({.users = std::move(users)});
        return check_redis(parse_redis_url(redis.url(login)).value());
    };
    const std::string ann = "user ann on >secret +info ";
    const std::string replays = "user default off resetpass ~* &* +@all";
    EXPECT_TRUE(checked({replays, ann + "+acl|getuser"}, "ann:secret").has_value());
    const auto trap = checked({"user default off", ann + "+acl|getuser"}, "ann:secret");
    EXPECT_EQ(trap.error().code, Code::conflict);
    EXPECT_THAT(trap.error().message, HasSubstr("restart loses"));
    EXPECT_EQ(checked({replays, ann}, "ann:secret").error().code, Code::conflict);
    EXPECT_EQ(checked({replays, ann}, "ann:guess").error().code, Code::permission_denied);
    tests::PrivateRedis gone;
    gone.kill();
    EXPECT_EQ(check_redis(parse_redis_url(gone.url()).value()).error().code, Code::unavailable);
}

/// The lines of the ACL file in the documentation, with a password that is known.
std::vector<std::string> documented_users() {
    const std::ifstream file(POSED_OPERATIONS);
    std::vector<std::string> users;
    std::string line;
    std::stringstream text;
    text << file.rdbuf();
    while (std::getline(text, line)) {
        if (!line.starts_with("user "))
            continue;
        if (const auto hash = line.find(" #"); hash != std::string::npos)
            line.replace(hash, line.find(' ', hash + 1) - hash, " >secret");
        users.push_back(line);
    }
    return users;
}

TEST_F(RedisAnnouncerTest, RolesMayDoTheirPartAndNothingElse) {
    const tests::PrivateRedis redis({.users = documented_users()});
    const auto as = [&](const std::string& user) {
        return parse_redis_url(redis.url(user + ":secret")).value();
    };
    const auto server = announce_by_redis({.address = as("posed-api")}, system_random(), silent_log());
    const auto worker = announce_by_redis({.address = as("posed-worker"), .abandoned_after = 1ms},
                                          system_random(), silent_log());
    Calls heard;
    const RedisListener listener(
        as("posed-api"), [&] { heard.note(); }, system_random(), silent_log());
    ASSERT_TRUE(heard.reach(1));
    EXPECT_TRUE(server->announce("inference", 2));
    for (int i = 0; i < 2; ++i) {
        worker->wait("inference", 1h, {});
        worker->looked();
    }
    worker->changed();
    EXPECT_TRUE(heard.reach(2));
    server->changed();
    EXPECT_TRUE(heard.reach(3));
    EXPECT_TRUE(check_redis(as("posed-api")).has_value()) << check_redis(as("posed-api")).error().message;

    const auto refused = [&](const std::string& user, const RedisCommand& command) {
        const auto reply = RedisConnection::open(as(user), patience).value()->ask(command, patience).value();
        return reply.text.starts_with("NOPERM");
    };
    for (const auto* user : {"posed-api", "posed-worker"}) {
        for (const RedisCommand& command : std::vector<RedisCommand>{{"FLUSHALL"},
                                                                     {"CONFIG", "GET", "*"},
                                                                     {"KEYS", "*"},
                                                                     {"SCAN", "0"},
                                                                     {"GET", "x"},
                                                                     {"SET", "x", "1"},
                                                                     {"DEL", stream},
                                                                     {"XTRIM", stream, "MAXLEN", "0"},
                                                                     {"XADD", "x", "*", "a", "b"},
                                                                     {"XGROUP", "DESTROY", stream, "workers"},
                                                                     {"EVAL", "return 1", "0"},
                                                                     {"ACL", "LIST"},
                                                                     {"ACL", "SETUSER", "eve"},
                                                                     {"PUBLISH", "x", ""},
                                                                     {"SUBSCRIBE", "x"},
                                                                     {"SHUTDOWN"},
                                                                     {"CLIENT", "LIST"},
                                                                     {"MONITOR"},

                                                                     {"SELECT", "1"}})
            EXPECT_TRUE(refused(user, command)) << user << " " << command.front();
    }
    EXPECT_TRUE(refused("posed-worker", {"XADD", stream, "*", "a", "b"}));
    EXPECT_TRUE(refused("posed-worker", {"SUBSCRIBE", "posed:events"}));
    EXPECT_TRUE(refused("posed-worker", {"INFO"}));
    EXPECT_TRUE(refused("posed-api", {"XREADGROUP", "GROUP", "workers", "x", "STREAMS", stream, ">"}));
    EXPECT_TRUE(refused("posed-api", {"XACK", stream, "workers", "1-1"}));
    EXPECT_TRUE(refused("posed-api", {"XDEL", stream, "1-1"}));
}

}  // namespace
}  // namespace posed::tasks
