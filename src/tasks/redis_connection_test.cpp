// The conversation with a real Redis.

#include "tasks/redis_connection.h"

#include <csignal>
#include <future>
#include <thread>

#include <gmock/gmock.h>

#include "tests/support/private_redis.h"
#include "tests/support/scripted_server.h"

namespace posed::tasks {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;
using namespace std::chrono_literals;

constexpr auto patience = 5s;
const std::vector<std::string> users{"user default off resetpass ~* &* +@all",
                                     "user ann on >s:e@c/r?e%t ~* &* +@all"};

class RedisConnectionTest : public testing::Test {
  protected:
    void SetUp() override { POSED_NEEDS_SERVERS(); }

    static Result<std::unique_ptr<RedisConnection>> open(const std::string& url) {
        return RedisConnection::open(parse_redis_url(url).value(), patience);
    }

    static std::unique_ptr<RedisConnection> opened(const std::string& url) { return open(url).value(); }
};

TEST(RedisUrl, IsReadInAllItsParts) {
    const auto full = parse_redis_url("rediss://ann:s%3Ae%40c@redis.example:7000/").value();
    EXPECT_TRUE(full.tls);
    EXPECT_EQ(full.user, "ann");
    EXPECT_EQ(full.password, "s:e@c");
    EXPECT_EQ(full.host, "redis.example");
    EXPECT_EQ(full.port, 7000);
    const auto short_one = parse_redis_url("redis://localhost").value();
    EXPECT_FALSE(short_one.tls);
    EXPECT_EQ(short_one.port, 6379);
    EXPECT_EQ(short_one.password, "");
    EXPECT_EQ(parse_redis_url("redis://:secret@[::1]:7").value().host, "::1");
    EXPECT_EQ(parse_redis_url("redis://:secret@[::1]:7").value().port, 7);
}

TEST(RedisUrl, IsRefusedWithoutQuotingThePassword) {
    for (const auto* url : {"", "http://h", "redis://", "redis://ann@h", "redis://ann:secret@h:0",
                            "redis://ann:secret@h:65536", "redis://ann:secret@h:7x", "redis://ann:secret@h/1",
                            "redis://ann:secret%4@h", "redis://ann:secret%xx@h", "redis://ann:secret@[::1",
                            "redis://ann:secret@h?x=1", "redis://ann:secret@"}) {
        const auto address = parse_redis_url(url);
        ASSERT_TRUE(address.has_error()) << url;
        EXPECT_EQ(address.error().code, Code::invalid_argument);
        EXPECT_THAT(address.error().message, Not(HasSubstr("secret")));
    }
}

TEST_F(RedisConnectionTest, AsksManyThingsAtOnce) {
    const tests::PrivateRedis redis;
    const auto connection = opened(redis.url());
    std::vector<RedisCommand> commands;
    for (int i = 0; i < 5000; ++i)
        commands.push_back({"RPUSH", "list", std::string(100, 'x') + std::to_string(i)});
    commands.push_back({"LRANGE", "list", "0", "-1"});
    commands.push_back({"GET", "nothing"});
    commands.push_back({"GET", "list"});
    const auto replies = connection->ask_all(commands, patience).value();
    ASSERT_THAT(replies, SizeIs(5003));
    EXPECT_EQ(replies[4999].number, 5000);
    ASSERT_THAT(replies[5000].list, SizeIs(5000));
    EXPECT_EQ(replies[5000].list[7].text, std::string(100, 'x') + "7");
    EXPECT_EQ(replies[5001].kind, RedisReply::Kind::nothing);
    EXPECT_EQ(replies[5002].kind, RedisReply::Kind::error);
    EXPECT_THAT(replies[5002].text, HasSubstr("WRONGTYPE"));
}

TEST_F(RedisConnectionTest, LogsIn) {
    const tests::PrivateRedis redis({.users = users});
    EXPECT_EQ(opened(redis.url("ann:s%3Ae%40c%2Fr%3Fe%25t"))->ask({"PING"}, patience).value().text, "PONG");
    const auto refused = open(redis.url("ann:wrong"));
    ASSERT_TRUE(refused.has_error());
    EXPECT_EQ(refused.error().code, Code::permission_denied);
    EXPECT_THAT(refused.error().message, HasSubstr("WRONGPASS"));
    EXPECT_THAT(opened(redis.url())->ask({"PING"}, patience).value().text, HasSubstr("NOAUTH"));
}

TEST_F(RedisConnectionTest, VerifiesCertificateAndName) {
    const tests::PrivateRedis redis({.users = users, .tls = true});
    auto address = parse_redis_url(redis.url("ann:s%3Ae%40c%2Fr%3Fe%25t")).value();
    address.ca_file = redis.ca_file();
    const auto connection = RedisConnection::open(address, patience).value();
    EXPECT_EQ(connection->ask({"ECHO", std::string(100'000, 'x')}, patience).value().text.size(), 100'000U);

    auto stranger = address;
    stranger.ca_file.clear();
    EXPECT_THAT(RedisConnection::open(stranger, patience).error().message, HasSubstr("certificate"));
    auto other_name = address;
    other_name.host = "127.0.0.1";
    EXPECT_THAT(RedisConnection::open(other_name, patience).error().message, HasSubstr("certificate"));
    auto no_authorities = address;
    no_authorities.ca_file = "/nowhere/ca.pem";
    EXPECT_EQ(RedisConnection::open(no_authorities, patience).error().code, Code::invalid_argument);
}

TEST_F(RedisConnectionTest, WaitsNoLongerThanItIsToldTo) {
    tests::PrivateRedis redis;
    const auto connection = opened(redis.url());
    redis.signal(SIGSTOP);
    const auto begin = std::chrono::steady_clock::now();
    const auto reply = connection->ask({"PING"}, 200ms);
    redis.signal(SIGCONT);
    ASSERT_TRUE(reply.has_error());
    EXPECT_EQ(reply.error().code, Code::unavailable);
    EXPECT_GE(std::chrono::steady_clock::now() - begin, 200ms);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
    EXPECT_TRUE(connection->ask({"PING"}, patience).has_error())
        << "the late answer must not be taken for one";
}

TEST_F(RedisConnectionTest, StopsOnRequest) {
    const tests::PrivateRedis redis;
    const auto connection = opened(redis.url());
    std::stop_source stop;
    auto waiting = std::async(std::launch::async, [&] {
        return connection->ask({"BLPOP", "nothing", "0"}, 1h, stop.get_token()).error().code;
    });
    while (opened(redis.url())->ask({"CLIENT", "LIST"}, patience).value().text.find("cmd=blpop") ==
           std::string::npos)
        std::this_thread::yield();
    stop.request_stop();
    EXPECT_EQ(waiting.get(), Code::cancelled);
    EXPECT_EQ(
        RedisConnection::open(parse_redis_url(redis.url()).value(), patience, stop.get_token()).error().code,
        Code::cancelled);
}

TEST_F(RedisConnectionTest, SaysWhatIsWrongWithTheOtherSide) {
    tests::PrivateRedis redis;
    const auto connection = opened(redis.url());
    redis.kill();
    EXPECT_EQ(connection->ask({"PING"}, patience).error().code, Code::unavailable);
    EXPECT_THAT(open(redis.url()).error().message, HasSubstr("refused"));
    const tests::ScriptedServer web({"HTTP/1.1 200 OK\r\n\r\n"});
    const auto stranger = open("redis://:%0D%0A%0D%0A@127.0.0.1" + web.url().substr(web.url().rfind(':')));
    EXPECT_EQ(stranger.error().code, Code::unavailable);
    EXPECT_THAT(stranger.error().message, HasSubstr("protocol"));
}

}  // namespace
}  // namespace posed::tasks
