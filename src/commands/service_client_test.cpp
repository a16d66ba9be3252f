// The steps of a clip's way against a service that has all the faults a service can have.

#include "commands/service_client.h"

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/process.h"
#include "tests/support/scripted_server.h"
#include "tests/support/shared_data.h"

namespace posed::commands {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using tests::http_answer;
using tests::ScriptedServer;
using tests::TemporaryFolder;

constexpr Patience hurried{.away_max = 60s, .first_pause = 1ms, .longest_pause = 1ms, .between_polls = 1ms};
const std::string unavailable =
    http_answer("503 Service Unavailable", R"({"code":"overloaded","detail":"busy"})");
const std::string video = R"({"id": 7, "width": 640, "height": 360, "fps": 25.0, "duration_seconds": null})";

std::string task(const std::string& status, const std::string& more = "") {
    return R"({"task_id": "t", "status": ")" + status + "\"" + more + "}";
}
const std::string success =
    task("SUCCESS", R"(, "result": {"resource_type": "estimation", "resource_id": 12})");

std::string events(const std::string& text) {
    return "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n" + text;
}

std::string content_of(const std::filesystem::path& path) {
    std::ifstream stream(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

class ServiceClientTest : public testing::Test {
  protected:
    ServiceClient client_of(const ScriptedServer& server, const Patience& patience = hurried) {
        return {parse_service_address(server.url(), {}).value(), patience, stop.get_token(), ever_answered,
                [this](std::string_view activity, const auto& progress) {
                    shown.push_back(std::string(activity) + ' ' + std::to_string(progress.done));
                }};
    }

    std::filesystem::path clip() const {
        auto path = folder.path() / "T\xc3\xa4nzer 1.mp4";
        std::ofstream(path) << "moving pictures";
        return path;
    }

    TemporaryFolder folder;
    std::stop_source stop;
    std::atomic<bool> ever_answered = false;
    std::vector<std::string> shown;
};

TEST_F(ServiceClientTest, UploadsAClipUnderItsName) {
    const ScriptedServer server({http_answer("201 Created", video)});
    const auto uploaded = client_of(server).upload(clip()).value();
    EXPECT_EQ(uploaded.id, 7);
    EXPECT_EQ(uploaded.displayed, (Size{640, 360}));
    EXPECT_EQ(uploaded.fps, 25);
    EXPECT_EQ(uploaded.duration_seconds, std::nullopt);
    EXPECT_THAT(server.requests().at(0).head,
                StartsWith("POST /videos/ingest/?filename=T%C3%A4nzer%201.mp4 "));
    EXPECT_EQ(server.requests().at(0).body, "moving pictures");
}

TEST_F(ServiceClientTest, UploadsAgainWhenTheServiceIsAwayForATime) {
    const ScriptedServer server(
        {unavailable, "", http_answer("502 Bad Gateway", "<html>"), http_answer("201 Created", video)});
    EXPECT_TRUE(client_of(server).upload(clip()).has_value());
    for (const auto& request : server.requests())
        EXPECT_EQ(request.body, "moving pictures");
}

TEST_F(ServiceClientTest, FailsAtOnceWhereNoServiceEverWas) {
    const ScriptedServer server({});
    const auto uploaded = client_of(server).upload(clip());
    EXPECT_EQ(uploaded.error().code, Code::unavailable);
    EXPECT_THAT(uploaded.error().message, StartsWith("no service answers at " + server.url()));
    EXPECT_THAT(uploaded.error().suggestion, HasSubstr("posed run"));
}

TEST_F(ServiceClientTest, GivesUpOnAServiceThatStaysAway) {
    const ScriptedServer server({http_answer("201 Created", video)});
    auto client = client_of(server, {.away_max = 5ms, .first_pause = 1ms, .longest_pause = 1ms});
    ASSERT_TRUE(client.upload(clip()).has_value());
    const auto submitted = client.submit("/estimations/submit/", {});
    EXPECT_EQ(submitted.error().code, Code::unavailable);
    EXPECT_THAT(submitted.error().message, HasSubstr("has not answered for"));
}

TEST_F(ServiceClientTest, RepeatsTheServicesOwnWords) {
    const ScriptedServer server({http_answer(
        "415 Unsupported Media Type",
        R"({"code":"unsupported_media","detail":"this is \u001b[31mtext","suggestion":"send an mp4"})")});
    const auto uploaded = client_of(server).upload(clip());
    EXPECT_EQ(uploaded.error(), fail(Code::unsupported_media, "this is \\x1b[31mtext", "send an mp4"));
}

TEST_F(ServiceClientTest, KnowsWhoIsToBlameForACodeItDoesNotKnow) {
    const ScriptedServer server(
        {http_answer("422 Unprocessable Content", R"({"code":"invalid_fields","detail":"no"})"),
         http_answer("500 Internal Server Error", "<html>")});
    auto client = client_of(server);
    EXPECT_EQ(client.submit("/estimations/submit/", {}).error(), fail(Code::invalid_argument, "no"));
    EXPECT_EQ(client.submit("/estimations/submit/", {}).error(),
              fail(Code::internal, "the service answered with status 500"));
}

const std::string no_worker =
    http_answer("422 Unprocessable Content",
                R"({"code":"estimator_unavailable","detail":"nobody offers it yet","suggestion":"look"})");

TEST_F(ServiceClientTest, WaitsForAWorkerAndSaysWhy) {
    const ScriptedServer server(
        {no_worker, unavailable, no_worker, http_answer("202 Accepted", task("PENDING"))});
    EXPECT_EQ(client_of(server).submit("/estimations/submit/", {}).value().id, "t");
    EXPECT_THAT(shown, ElementsAre("waiting: nobody offers it yet 0", "waiting: nobody offers it yet 0"));
}

TEST_F(ServiceClientTest, GivesUpOnAWorkerThatDoesNotCome) {
    const ScriptedServer server({no_worker, no_worker, no_worker});
    auto patience = hurried;
    patience.workers_max = 5ms;
    patience.between_polls = 10ms;
    const auto submitted = client_of(server, patience).submit("/estimations/submit/", {});
    EXPECT_EQ(submitted.error(), fail(Code::estimator_unavailable, "nobody offers it yet", "look"));
    EXPECT_EQ(server.requests().size(), 2U);
}

TEST_F(ServiceClientTest, DoesNotSendAgainWhatCrashesTheDecoder) {
    const ScriptedServer server(
        {http_answer("503 Service Unavailable", R"({"code":"decoder_crashed","detail":"it died"})")});
    EXPECT_EQ(client_of(server).upload(clip()).error().code, Code::decoder_crashed);
    EXPECT_EQ(server.requests().size(), 1U);
}

TEST_F(ServiceClientTest, RefusesAnswersThatPosedWouldNotGive) {
    const ScriptedServer server({http_answer("200 OK", "<html>hello</html>"),
                                 http_answer("200 OK", R"({"id":1})"), http_answer("200 OK", "[]"),
                                 http_answer("200 OK", task("SUCCESS"))});
    auto client = client_of(server);
    EXPECT_EQ(client.upload(clip()).error().code, Code::malformed);
    EXPECT_EQ(client.upload(clip()).error().code, Code::malformed);
    EXPECT_EQ(client.submit("/estimations/submit/", {}).error().code, Code::malformed);
    EXPECT_EQ(client.submit("/estimations/submit/", {}).error().code, Code::malformed);
}

TEST_F(ServiceClientTest, FollowsTheEventsOfATask) {
    const ScriptedServer server(
        {events("id: 1\ndata: " + task("PENDING") + "\n\n: still here\n\nid: 2\ndata: " +
                task("STARTED", R"(, "progress": {"stage": "estimating", "done": 5, "total": 9})") +
                "\n\nid: 3\ndata: " + success + "\n\n")});
    EXPECT_EQ(client_of(server).result_of({.id = "t", .status = "PENDING"}).value(), 12);
    EXPECT_THAT(shown, ElementsAre("waiting 0", "waiting 0", "estimating 5", "waiting 0"));
    EXPECT_THAT(server.requests().at(0).head, HasSubstr("GET /tasks/t/events "));
    EXPECT_THAT(server.requests().at(0).head, Not(HasSubstr("Last-Event-ID")));
}

TEST_F(ServiceClientTest, GoesOnAfterTheEventThatItSawLast) {
    const ScriptedServer server({events("id: 41\ndata: " + task("STARTED") + "\n\n"), "",
                                 http_answer("200 OK", task("RETRY")),
                                 events("id: 43\ndata: " + success + "\n\n")});
    ever_answered = true;
    EXPECT_EQ(client_of(server).result_of({.id = "t", .status = "PENDING"}).value(), 12);
    EXPECT_THAT(server.requests().at(3).head, HasSubstr("\r\nLast-Event-ID: 41\r\n"));
}

TEST_F(ServiceClientTest, AsksTheTaskItselfWhereEventsDoNotComeThrough) {
    const ScriptedServer server({http_answer("404 Not Found", ""), http_answer("200 OK", task("STARTED")),
                                 events("data: <html>\n\n"), http_answer("200 OK", task("STARTED")),
                                 "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n",
                                 http_answer("200 OK", success)});
    EXPECT_EQ(client_of(server).result_of({.id = "t", .status = "PENDING"}).value(), 12);
}

TEST_F(ServiceClientTest, TakesAFinishedTaskAsItIs) {
    const ScriptedServer server({});
    EXPECT_EQ(client_of(server).result_of({.id = "t", .status = "SUCCESS", .result_id = 3}).value(), 3);
}

TEST_F(ServiceClientTest, TellsWhyATaskHasNoResult) {
    const ScriptedServer server(
        {http_answer("200 OK", task("FAILURE", R"(, "error": {"code": "corrupt_media", "detail": "no frame",
                                                            "suggestion": "send another"})")),
         http_answer("200 OK",
                     task("REVOKED", R"(, "error": {"code": "subject_deleted", "detail": "deleted"})")),
         http_answer("200 OK", task("REVOKED"))});
    auto client = client_of(server);
    const auto failure_of_next = [&] {
        return client.result_of(client.submit("/estimations/submit/", {}).value()).error();
    };
    EXPECT_EQ(failure_of_next(), fail(Code::corrupt_media, "no frame", "send another"));
    EXPECT_EQ(failure_of_next(), fail(Code::unavailable, "deleted"));
    EXPECT_THAT(failure_of_next().message, HasSubstr("cancelled"));
}

TEST_F(ServiceClientTest, DownloadsIntoPlace) {
    const ScriptedServer server({"HTTP/1.1 200 OK\r\nContent-Length: 10\r\nConnection: close\r\n\r\nbroken",
                                 http_answer("200 OK", "whole file")});
    const auto target = folder.path() / "a.safetensors";
    std::ofstream(target) << "an older one";
    ever_answered = true;
    ASSERT_TRUE(client_of(server).download("/estimations/download/3/", target).has_value());
    EXPECT_EQ(content_of(target), "whole file");
    EXPECT_EQ(tests::files_in(folder.path()), 1U);
}

TEST_F(ServiceClientTest, LeavesNothingOfADownloadThatIsRefused) {
    const ScriptedServer server(
        {http_answer("404 Not Found", R"({"code":"not_found","detail":"there is none"})")});
    const auto done = client_of(server).download("/estimations/download/3/", folder.path() / "a.safetensors");
    EXPECT_EQ(done.error(), fail(Code::not_found, "there is none"));
    EXPECT_EQ(tests::files_in(folder.path()), 0U);
}

TEST_F(ServiceClientTest, StopsWaitingWhenInterrupted) {
    const ScriptedServer server({ScriptedServer::silence});
    auto client = client_of(server);
    const std::jthread interrupting([&] {
        EXPECT_TRUE(server.wait_for_requests(1));
        stop.request_stop();
    });
    EXPECT_EQ(client.result_of({.id = "t", .status = "PENDING"}).error().code, Code::cancelled);
}

}  // namespace
}  // namespace posed::commands
