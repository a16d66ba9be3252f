// The server over real sockets.

#include "api/server.h"

#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/raw_client.h"
#include "api/sample_api.h"
#include "base/digest.h"
#include "tests/support/process.h"
#include "tests/support/shared_data.h"

namespace posed::api {
namespace {

using namespace std::chrono_literals;
using posed::api::tests::Answer;
using posed::api::tests::RawClient;
using posed::api::tests::request;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

std::string digest_of(std::string_view text) {
    return sha256_of(std::as_bytes(std::span(text)));
}

constexpr int pool_threads = 4;

class ServerTest : public testing::Test {
  protected:
    ServerTest() { start({}); }

    void start(ServerLimits limits, std::chrono::milliseconds grace = 10s) {
        server.reset();
        limits.event_poll = 10ms;
        const ServerOptions options{
            .port = 0, .pool_threads = pool_threads, .stop_grace = grace, .limits = limits};
        server = open_server(options, api.application, silent_log()).value();
    }

    std::uint16_t port() const { return server->port(); }
    Answer get(const std::string& target, const std::string& fields = "") {
        return tests::get(port(), target, fields);
    }

    sample::Api api;
    std::unique_ptr<Server> server;
};

TEST_F(ServerTest, AnswersOneRequestAfterAnotherOnOneConnection) {
    RawClient client(port());
    for (int i = 0; i < 3; ++i) {
        client.send(request("GET", "/items/7/"));
        const auto answer = client.read_answer();
        EXPECT_EQ(answer.status, 200);
        EXPECT_THAT(answer.body, StartsWith(R"({"id":7,)"));
        EXPECT_EQ(answer.field("Connection"), "keep-alive");
    }
    client.send(request("POST", "/items/", "", R"({"id": 8, "rate": 1})"));
    EXPECT_EQ(client.read_answer().status, 201);
    client.send(request("GET", "/items/9/", "Connection: close\r\n"));
    EXPECT_EQ(client.read_answer().field("Connection"), "close");
    EXPECT_THAT(client.read_to_end(), IsEmpty());
}

TEST_F(ServerTest, AnswersPipelinedRequestsInTheirOrder) {
    RawClient client(port());
    std::string all;
    for (int i = 1; i <= 20; ++i)
        all += i % 2 == 0 ? request("GET", "/items/" + std::to_string(i) + "/")
                          : request("POST", "/items/", "", R"({"rate": 1, "id": )" + std::to_string(i) + "}");
    client.send(all);
    for (int i = 1; i <= 20; ++i)
        EXPECT_THAT(client.read_answer().body, StartsWith("{\"id\":" + std::to_string(i) + ","));
}

TEST_F(ServerTest, AnswersRequestsThatComeByteByByte) {
    RawClient client(port());
    for (const char byte : request("POST", "/items/", "", R"({"id": 8, "rate": 1})"))
        client.send({&byte, 1});
    EXPECT_EQ(client.read_answer().status, 201);
}

TEST_F(ServerTest, HeadIsGetWithoutTheBody) {
    RawClient client(port());
    api.services.file = "0123456789";
    for (const auto* target : {"/items/7/", "/file/"}) {
        const auto length = get(target).field("Content-Length");
        client.send(request("HEAD", target));
        const auto answer = client.read_answer(false);
        EXPECT_EQ(answer.status, 200);
        EXPECT_EQ(answer.field("Content-Length"), length);
    }
    client.send(request("HEAD", "/count/"));
    EXPECT_EQ(client.read_answer(false).field("Transfer-Encoding"), "chunked");
    client.send(request("GET", "/items/7/"));
    EXPECT_EQ(client.read_answer().status, 200) << "the connection is out of step";
}

TEST_F(ServerTest, TellsWhatIsNoHttp) {
    const std::vector<std::pair<std::string, int>> cases{
        {"nonsense\r\n\r\n", 400},
        {"GET /items/7/ HTTP/2.0\r\nHost: localhost\r\n\r\n", 505},
        {"GET /items/7/ HTTP/1.1\r\n\r\n", 400},
        {"GET /items/7/ HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n", 400},
        {"GET items/7/ HTTP/1.1\r\nHost: localhost\r\n\r\n", 400},
        {"BREW /items/7/ HTTP/1.1\r\nHost: localhost\r\n\r\n", 405},
        {"POST /items/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}", 400},
        {"POST /items/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n", 400},
        {"POST /items/ HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400},
        {"GET /items/7/ HTTP/1.1\r\nHost: localhost\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n", 431},
    };
    for (const auto& [text, status] : cases) {
        RawClient client(port());
        client.send(text);
        const auto answer = client.read_answer();
        EXPECT_EQ(answer.status, status) << text.substr(0, 100);
        EXPECT_EQ(answer.field("Content-Type"), "application/problem+json");
    }
}

TEST_F(ServerTest, KeepsNobodyWhoIsSlow) {
    start({.idle = 50ms, .head = 50ms, .stall = 50ms});
    RawClient idle(port()), head(port()), body(port()), upload(port());
    head.send("GET /items/7/ HTT");
    body.send("POST /items/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{");
    upload.send("POST /uploads/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nabc");
    for (auto* client : {&idle, &head, &body, &upload})
        EXPECT_THAT(client->read_to_end(), IsEmpty());
    api.services.wait_for_abandoned(1);
}

// A client that sends a byte now and then never stalls, and would hold its connection for ever.
TEST_F(ServerTest, KeepsNobodyWhoTrickles) {
    start({.stall = 300ms, .body_bytes_per_second_min = 1'000'000});
    RawClient client(port());
    client.send("POST /uploads/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000000\r\n\r\n");
    while (client.send("x")) {
    }
    api.services.wait_for_abandoned(1);
}

TEST_F(ServerTest, ReceivesUploadsAsRawBodyFormAndChunks) {
    const std::string file(3'000'000, 'v');
    const auto expected = R"("bytes":3000000,"sha256":")" + digest_of(file) + '"';
    RawClient client(port());
    client.send(request("POST", "/uploads/?filename=a.mp4&description=short", "", file));
    auto answer = client.read_answer();
    EXPECT_EQ(answer.status, 201);
    EXPECT_THAT(answer.body, HasSubstr(expected));
    EXPECT_THAT(answer.body, HasSubstr(R"("filename":"a.mp4")"));
    EXPECT_THAT(answer.body, HasSubstr(R"("description":"short")"));

    const auto form =
        "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.mp4\"\r\n\r\n" + file +
        "\r\n--b\r\nContent-Disposition: form-data; name=\"description\"\r\n\r\nafter\r\n--b--\r\n";
    client.send(request("POST", "/uploads/", "Content-Type: multipart/form-data; boundary=b\r\n", form));
    answer = client.read_answer();
    EXPECT_EQ(answer.status, 201) << answer.body;
    EXPECT_THAT(answer.body, HasSubstr(expected));
    EXPECT_THAT(answer.body, HasSubstr(R"("description":"after")"));

    client.send(request("POST", "/uploads/", "Transfer-Encoding: chunked\r\n"));
    for (int i = 0; i < 3; ++i)
        client.send("f4240\r\n" + file.substr(0, 1'000'000) + "\r\n");
    client.send("0\r\n\r\n");
    answer = client.read_answer();
    EXPECT_EQ(answer.status, 201);
    EXPECT_THAT(answer.body, HasSubstr(expected));
}

TEST_F(ServerTest, InvitesAClientThatAsksBeforeItSends) {
    RawClient client(port());
    client.send(request("POST", "/uploads/", "Expect: 100-continue\r\nContent-Length: 3\r\n"));
    EXPECT_EQ(client.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
    client.send("abc");
    EXPECT_EQ(client.read_answer().status, 201);
}

TEST_F(ServerTest, AnswersTheExpectationWithTheRefusal) {
    for (const auto* target : {"/uploads/?filename=refused.mp4", "/nowhere/"}) {
        RawClient client(port());
        client.send(request("POST", target, "Expect: 100-continue\r\nContent-Length: 1000000000\r\n"));
        const auto answer = client.read_answer();
        EXPECT_THAT(answer.status, testing::AnyOf(409, 404));
        EXPECT_EQ(answer.field("Connection"), "close");
    }
}

// Closing while the client still sends would reset the connection, and the client would never read why.
TEST_F(ServerTest, LetsAClientThatWritesEverythingFirstReadTheRefusal) {
    RawClient client(port());
    client.send(request("POST", "/uploads/?filename=refused.mp4", "Content-Length: 30000000\r\n"));
    EXPECT_TRUE(client.send(std::string().append(30'000'000, 'x')));
    const auto answer = client.read_answer();
    EXPECT_EQ(answer.status, 409);
    EXPECT_EQ(answer.field("Connection"), "close");
    EXPECT_THAT(client.read_to_end(), IsEmpty());
}

TEST_F(ServerTest, RefusesAnUploadAtItsFirstBadByte) {
    RawClient client(port());
    client.send(request("POST", "/uploads/", "Content-Length: 1000000000\r\n"));
    client.send("!");
    const auto answer = client.read_answer();
    EXPECT_EQ(answer.status, 415);
    EXPECT_THAT(answer.body, HasSubstr("send another"));
    api.services.wait_for_abandoned(1);
}

TEST_F(ServerTest, RefusesTooMuch) {
    RawClient declared(port());
    declared.send(request("POST", "/items/", "Content-Length: 2000000\r\n"));
    EXPECT_EQ(declared.read_answer().status, 413);
    RawClient chunked(port());
    chunked.send(request("POST", "/items/", "Transfer-Encoding: chunked\r\n"));
    const std::string chunk(100'000, ' ');
    for (int i = 0; i < 12; ++i)
        chunked.send("186a0\r\n" + chunk + "\r\n");
    EXPECT_EQ(chunked.read_answer().status, 413);
}

TEST_F(ServerTest, TellsTheHandlerOfAClientThatVanishes) {
    for (const auto* fields : {"Content-Length: 1000000\r\n", "Transfer-Encoding: chunked\r\n"}) {
        RawClient client(port());
        client.send(request("POST", "/uploads/", fields) + "7d0\r\n" + std::string(1000, 'x'));
        client.vanish();
    }
    api.services.wait_for_abandoned(2);
    EXPECT_EQ(get("/items/7/").status, 200);
}

TEST_F(ServerTest, RefusesAFormWithoutItsEnd) {
    RawClient client(port());
    client.send(request("POST", "/uploads/", "Content-Type: multipart/form-data; boundary=b\r\n",
                        "--b\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nabc"));
    const auto answer = client.read_answer();
    EXPECT_EQ(answer.status, 400);
    EXPECT_THAT(answer.body, HasSubstr("final boundary"));
    api.services.wait_for_abandoned(1);
}

TEST_F(ServerTest, SendsFilesInPartsAndWhole) {
    for (int i = 0; i < 200'000; ++i)
        api.services.file += std::to_string(i) + " ";
    const auto& file = api.services.file;
    const auto whole = get("/file/");
    EXPECT_EQ(whole.status, 200);
    EXPECT_EQ(digest_of(whole.body), digest_of(file));
    const auto part = get("/file/", "Range: bytes=600000-700000\r\n");
    EXPECT_EQ(part.status, 206);
    EXPECT_EQ(part.body, file.substr(600'000, 100'001));
    EXPECT_EQ(part.field("Content-Range"), "bytes 600000-700000/" + std::to_string(file.size()));
    EXPECT_EQ(get("/file/", "Range: bytes=-5\r\n").body, file.substr(file.size() - 5));
    EXPECT_EQ(get("/file/", "Range: bytes=99999999-\r\n").status, 416);
    EXPECT_EQ(get("/file/", "If-None-Match: \"tag\"\r\n").status, 304);
}

/// Two megabytes that cannot be read from a place on.
class FailingSource final : public ByteSource {
  public:
    explicit FailingSource(std::uint64_t fails_at) : fails_at_(fails_at) {}

    std::uint64_t size() const noexcept override { return 2'000'000; }
    Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> buffer) override {
        if (offset >= fails_at_)
            return fail(Code::input_output, "the disk is gone");
        return buffer.size();
    }

  private:
    std::uint64_t fails_at_;
};

TEST_F(ServerTest, BreaksOffWhenASourceFailsSoThatTheClientNotices) {
    api.services.source = std::make_shared<FailingSource>(1'000'000);
    RawClient client(port());
    client.send(request("GET", "/file/"));
    const auto received = client.read_to_end();
    EXPECT_THAT(received, StartsWith("HTTP/1.1 200 OK"));
    EXPECT_LT(received.size(), 2'000'000U);
}

TEST_F(ServerTest, TellsOfASourceThatFailsAtItsFirstByte) {
    api.services.source = std::make_shared<FailingSource>(0);
    EXPECT_EQ(get("/file/").status, 500);
}

TEST_F(ServerTest, SendsWhatIsProducedInChunks) {
    EXPECT_EQ(get("/count/").body, "line 0\nline 1\nline 2\n");
    RawClient old(port());
    old.send("GET /count/ HTTP/1.0\r\nHost: localhost\r\n\r\n");
    const auto received = old.read_to_end();
    EXPECT_THAT(received, testing::EndsWith("\r\n\r\nline 0\nline 1\nline 2\n"));
    EXPECT_THAT(received, Not(HasSubstr("chunked")));
    RawClient broken(port());
    broken.send(request("GET", "/break/"));
    EXPECT_THAT(broken.read_to_end(), testing::EndsWith("begun\n\r\n")) << "the last chunk must be missing";
}

TEST_F(ServerTest, StreamsEventsUntilTheSourceEnds) {
    RawClient client(port());
    client.send(request("GET", "/items/events/"));
    EXPECT_THAT(client.read_until("\r\n\r\n"), HasSubstr("text/event-stream"));
    api.services.publish("one\ntwo");
    EXPECT_THAT(client.read_until("\n\n"), HasSubstr("id: 1\nevent: item\ndata: one\ndata: two\n\n"));
    api.services.publish("end");
    server->wake_streams();
    EXPECT_THAT(client.read_to_end(), HasSubstr("data: end\n\n"));
}

TEST_F(ServerTest, SendsCommentsOnIdleStreamsAndNoticesWhoLeaves) {
    start({.event_comment = 10ms});
    auto client = std::make_unique<RawClient>(port());
    client->send(request("GET", "/items/events/"));
    EXPECT_THAT(client->read_until(":\n\n"), Not(IsEmpty()));
    start({});
    client = std::make_unique<RawClient>(port());
    client->send(request("GET", "/items/events/"));
    EXPECT_THAT(client->read_until("\r\n\r\n"), Not(IsEmpty()));
    client.reset();
    while (server->connections() > 0)
        std::this_thread::yield();
}

TEST_F(ServerTest, IdleStreamsHoldNoThread) {
    std::vector<std::unique_ptr<RawClient>> clients;
    for (int i = 0; i < 100; ++i) {
        clients.push_back(std::make_unique<RawClient>(port()));
        clients.back()->send(request("GET", "/items/events/"));
        EXPECT_THAT(clients.back()->read_until("\r\n\r\n"), Not(IsEmpty()));
    }
    EXPECT_EQ(get("/items/7/").status, 200);
    api.services.publish("end");
    for (const auto& client : clients)
        EXPECT_THAT(client->read_to_end(), HasSubstr("data: end"));
}

TEST_F(ServerTest, AnswersLateWhenThereIsAnAnswerOrPatienceIsOver) {
    EXPECT_EQ(get("/late/?milliseconds=1").body, "\"nothing\"");
    RawClient client(port());
    client.send(request("GET", "/late/"));
    api.services.publish("come");
    EXPECT_EQ(client.read_answer().body, "\"come\"");
    client.send(request("GET", "/items/7/"));
    EXPECT_EQ(client.read_answer().status, 200);
}

TEST_F(ServerTest, StopLetsARequestFinishAndClosesIdleConnectionsAndStreams) {
    RawClient idle(port()), busy(port()), stream(port());
    stream.send(request("GET", "/items/events/"));
    EXPECT_THAT(stream.read_until("\r\n\r\n"), Not(IsEmpty()));
    busy.send(request("GET", "/block/"));
    api.services.wait_for_blocked();
    auto stopped = std::async(std::launch::async, [this] { server->stop(); });
    EXPECT_THAT(idle.read_to_end(), IsEmpty());
    EXPECT_THAT(stream.read_to_end(), testing::EndsWith("0\r\n\r\n"));
    api.services.release();
    const auto answer = busy.read_answer();
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.field("Connection"), "close");
    stopped.get();
}

TEST_F(ServerTest, StopEndsWhatOutlastsTheGrace) {
    start({}, 1ms);
    RawClient client(port());
    client.send("POST /uploads/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nabc");
    while (server->connections() == 0)
        std::this_thread::yield();
    server->stop();
    EXPECT_THAT(client.read_to_end(), IsEmpty());
}

TEST_F(ServerTest, RefusesConnectionsBeyondItsNumberAndPortsThatAreTaken) {
    start({.connections_max = 2});
    RawClient first(port()), second(port());
    first.send(request("GET", "/items/7/"));
    second.send(request("GET", "/items/7/"));
    EXPECT_EQ(first.read_answer().status + second.read_answer().status, 400);
    RawClient third(port());
    EXPECT_EQ(third.read_answer().status, 503);
    const auto taken = open_server({.port = port()}, api.application, silent_log());
    EXPECT_EQ(taken.error().code, Code::conflict);
    EXPECT_EQ(open_server({.host = "no such host"}, api.application, silent_log()).error().code,
              Code::invalid_argument);
}

TEST_F(ServerTest, RefusesWhenTooManyRequestsWait) {
    start({.waiting_max = 1});
    std::vector<std::unique_ptr<RawClient>> busy;
    for (int i = 0; i < pool_threads; ++i) {
        busy.push_back(std::make_unique<RawClient>(port()));
        busy.back()->send(request("GET", "/block/"));
        api.services.wait_for_blocked(i + 1);
    }
    // One of two may wait, whichever comes first; it is answered when the threads are free again.
    RawClient one(port()), other(port());
    one.send(request("GET", "/items/7/"));
    other.send(request("GET", "/items/7/"));
    auto& refused = first_readable(one, other);
    const auto answer = refused.read_answer();
    EXPECT_EQ(answer.status, 503);
    EXPECT_EQ(answer.field("Retry-After"), "5");
    EXPECT_EQ(get("/items/quick/7/").status, 200) << "what needs no thread is answered";
    api.services.release();
    EXPECT_EQ((&refused == &one ? other : one).read_answer().status, 200);
}

TEST_F(ServerTest, HoldsTenThousandIdleConnectionsOfAnotherProcess) {
    constexpr std::size_t count = 10'000;
    POSED_REQUIRES(raise_open_file_limit() >= count + 100, "the system allows fewer open files");
    posed::tests::Process clients({POSED_IDLE_CLIENTS, std::to_string(port()), std::to_string(count)});
    ASSERT_TRUE(clients.wait_until_said("connected " + std::to_string(count)));
    while (server->connections() < count)
        std::this_thread::yield();
    EXPECT_EQ(get("/items/7/").status, 200);
}

TEST_F(ServerTest, CurlIsContent) {
    const auto url = "http://localhost:" + std::to_string(port());
    const auto run = [](std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), {"curl", "-sS", "-4", "--max-time", "60"});
        return posed::tests::run(arguments);
    };
    EXPECT_THAT(run({url + "/items/7/"}).output, StartsWith(R"({"id":7)"));
    EXPECT_THAT(
        run({"-F", "description=x", "-F", std::string("file=@") + POSED_IDLE_CLIENTS, url + "/uploads/"})
            .output,
        HasSubstr(R"("filename":"idle_clients")"));
    EXPECT_THAT(
        run({"--data-binary", std::string("@") + POSED_IDLE_CLIENTS, url + "/uploads/?filename=refused.mp4"})
            .output,
        HasSubstr("refused at once"));
    EXPECT_THAT(run({"-F", std::string("file=@") + POSED_IDLE_CLIENTS, url + "/nowhere/"}).output,
                HasSubstr("unknown_path"));
}

}  // namespace
}  // namespace posed::api
