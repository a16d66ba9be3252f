// The client against a server that says exactly what the test wrote down.

#include "commands/http_client.h"

#include <cstdlib>
#include <stop_token>
#include <string>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/scripted_server.h"

namespace posed::commands {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
using tests::http_answer;
using tests::ScriptedServer;

ServiceAddress address_of(const ScriptedServer& server) {
    return parse_service_address(server.url(), {}).value();
}

TEST(ServiceAddressText, IsAUrlOrAHostWithAPort) {
    EXPECT_EQ(parse_service_address("http://127.0.0.1:8000/", {}).value(),
              (ServiceAddress{.url = "http://127.0.0.1:8000", .is_loopback = true}));
    EXPECT_EQ(parse_service_address("localhost:81", "secret").value(),
              (ServiceAddress{.url = "http://localhost:81", .token = "secret", .is_loopback = true}));
    EXPECT_EQ(parse_service_address("https://posed.example.org/pose//", {}).value(),
              (ServiceAddress{.url = "https://posed.example.org/pose"}));
    EXPECT_TRUE(parse_service_address("[::1]:8000", {}).value().is_loopback);
}

TEST(ServiceAddressText, OfAnythingElseIsRefused) {
    for (const auto* text :
         {"", "ftp://example.org", "file:///etc/passwd", "http://", "http://a/?b=c", "a b"}) {
        const auto address = parse_service_address(text, {});
        ASSERT_TRUE(address.has_error()) << text << " became " << address->url;
        EXPECT_EQ(address.error().code, Code::invalid_argument);
    }
}

TEST(HttpClient, FollowsAFileToWhereItIsWithoutTheToken) {
    const ScriptedServer bucket({http_answer("200 OK", "the file")});
    const ScriptedServer server(
        {http_answer("307 Temporary Redirect", "", "Location: " + bucket.url() + "/a\r\n")});
    auto address = address_of(server);
    address.token = "open sesame";
    HttpClient client(address);
    std::string file;
    const auto take = [&](std::string_view piece) -> Result<> {
        file += piece;
        return {};
    };
    const auto answer = client.send({.target = "/file/", .take = take}, {}).value();
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(file, "the file");
    EXPECT_EQ(bucket.requests().at(0).head.find("sesame"), std::string::npos);
}

TEST(HttpClient, SendsFieldsAndTokenAndKeepsTheBody) {
    const ScriptedServer server({http_answer("200 OK", "hello", "Retry-After: 7\r\n")});
    auto address = address_of(server);
    address.token = "open sesame";
    HttpClient client(address);
    const auto answer = client.send({.target = "/a?b=c", .fields = {"Last-Event-ID: 3"}}, {}).value();
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "hello");
    EXPECT_EQ(answer.retry_after, std::chrono::seconds(7));
    const auto head = server.requests().at(0).head;
    EXPECT_THAT(head, StartsWith("GET /a?b=c HTTP/1.1\r\n"));
    EXPECT_THAT(head, HasSubstr("\r\nLast-Event-ID: 3\r\n"));
    EXPECT_THAT(head, HasSubstr("\r\nAuthorization: Bearer open sesame\r\n"));
}

TEST(HttpClient, PostsJson) {
    const ScriptedServer server({http_answer("202 Accepted", "{}")});
    HttpClient client(address_of(server));
    ASSERT_TRUE(client.send({.target = "/submit/", .json = R"({"a":1})"}, {}).has_value());
    EXPECT_THAT(server.requests().at(0).head, StartsWith("POST /submit/"));
    EXPECT_THAT(server.requests().at(0).head, HasSubstr("Content-Type: application/json"));
    EXPECT_EQ(server.requests().at(0).body, R"({"a":1})");
}

TEST(HttpClient, StreamsAFileAndSaysHowFarItIs) {
    const ScriptedServer server({http_answer("201 Created", "{}")});
    HttpClient client(address_of(server));
    const std::string content(5'000'000, 'x');
    const auto file = view_bytes(std::as_bytes(std::span(content)));
    Transferred last;
    ASSERT_TRUE(client
                    .send({.target = "/videos/ingest/",
                           .file = file.get(),
                           .report = [&](const Transferred& bytes) { last = bytes; }},
                          {})
                    .has_value());
    EXPECT_EQ(server.requests().at(0).body, content);
    EXPECT_EQ(last.done, 5'000'000);
    EXPECT_EQ(last.total, 5'000'000);
}

TEST(HttpClient, HearsARefusalWhileItStillSends) {
    const ScriptedServer server({ScriptedServer::early + http_answer("413 Content Too Large", "too much")});
    HttpClient client(address_of(server));
    std::string content;
    content.resize(50'000'000, 'x');
    const auto file = view_bytes(std::as_bytes(std::span(content)));
    const auto answer = client.send({.target = "/videos/ingest/", .file = file.get()}, {}).value();
    EXPECT_EQ(answer.status, 413);
    EXPECT_EQ(answer.body, "too much");
}

TEST(HttpClient, GivesTheBodyOfASuccessPieceByPieceAndKeepsThatOfARefusal) {
    const ScriptedServer server({http_answer("200 OK", "abc"), http_answer("404 Not Found", "gone")});
    HttpClient client(address_of(server));
    std::string taken;
    const HttpRequest request{.target = "/", .take = [&](std::string_view piece) -> Result<> {
                                  taken += piece;
                                  return {};
                              }};
    EXPECT_EQ(client.send(request, {}).value().body, "");
    EXPECT_EQ(client.send(request, {}).value().body, "gone");
    EXPECT_EQ(taken, "abc");
}

TEST(HttpClient, EndsWithTheErrorOfTheTaker) {
    const ScriptedServer server({http_answer("200 OK", "abc")});
    HttpClient client(address_of(server));
    const auto answer = client.send(
        {.target = "/",
         .take = [](std::string_view) -> Result<> { return fail(Code::storage_full, "the disk is full"); }},
        {});
    EXPECT_EQ(answer.error().code, Code::storage_full);
}

TEST(HttpClient, FindsTheServiceUnavailableWhenItIsGoneOrBreaksOff) {
    const ScriptedServer server({"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", ""});
    HttpClient client(address_of(server));
    for (const auto* how : {"breaks off", "says nothing", "is gone"})
        EXPECT_EQ(client.send({.target = "/"}, {}).error().code, Code::unavailable) << how;
}

TEST(HttpClient, LeavesASilentServerWhenAskedToStop) {
    const ScriptedServer server({ScriptedServer::silence});
    HttpClient client(address_of(server));
    std::stop_source stop;
    const std::jthread interrupting([&] {
        EXPECT_TRUE(server.wait_for_requests(1));
        stop.request_stop();
    });
    EXPECT_EQ(client.send({.target = "/"}, stop.get_token()).error().code, Code::cancelled);
}

TEST(HttpClient, AsksNoProxyForTheLoopback) {
    const ScriptedServer server({http_answer("200 OK", "direct")});
    ::setenv("http_proxy", "http://127.0.0.1:1", 1);
    HttpClient client(address_of(server));
    const auto answer = client.send({.target = "/"}, {});
    ::unsetenv("http_proxy");
    ASSERT_TRUE(answer.has_value()) << answer.error().message;
    EXPECT_EQ(answer->body, "direct");
}

}  // namespace
}  // namespace posed::commands
