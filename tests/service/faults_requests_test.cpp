// Requests that are wrong, broken off or never end, to the routes of a real service. What the machinery makes
// of each is tested beside it (api/server_test.cpp); here nothing of them may stay, and the service goes on.

#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/service/backing.h"
#include "tests/service/record_queries.h"
#include "tests/service/running_service.h"
#include "tests/service/service_client.h"
#include "tests/service/tidiness.h"
#include "tests/support/synthetic_clip.h"

namespace posed::tests {
namespace {

using api::tests::RawClient;
using api::tests::request;

struct WrongRequest {
    std::string method;
    std::string target;
    std::string body;  ///< JSON
    int status;
    std::string code;
};

const std::string submit = "/estimations/submit/";
const std::string render = "/visualizations/submit/";

/// A submit that is right but for this field.
std::string with(const std::string& field) {
    return R"({"video_id":1,"target_width":320,"target_height":320,"target_fps":4,"skip_start_seconds":0,)"
           R"("duration_seconds":1,)" +
           field + "}";
}

std::vector<WrongRequest> wrong_requests() {
    const std::string megabyte(1 << 20, 'x');
    return {
        {"POST", submit, with(R"("description":")" + std::string(513, 'x') + "\""), 422, "invalid_fields"},
        {"POST", submit, with(R"("description":")" + megabyte + "\""), 413, "body_too_large"},
        {"POST", submit, with(R"("description":"a\u0000b")"), 422, "invalid_fields"},
        {"POST", submit, with(R"("description":7)"), 422, "invalid_fields"},
        {"POST", submit, with(R"("colour":"red")"), 422, "invalid_fields"},
        {"POST", submit, with(R"("estimator":"magic")"), 422, "estimator_unavailable"},
        {"POST", submit, R"({"video_id":"1"})", 422, "invalid_fields"},
        {"POST", submit, "[]", 422, "invalid_fields"},
        {"POST", submit, "{", 422, "invalid_fields"},
        {"POST", submit, std::string("{\"video_id\":\0}", 14), 422, "invalid_fields"},
        {"POST", render, R"({"estimation_id":0})", 422, "invalid_fields"},
        {"POST", render, R"({"estimation_id":99})", 404, "not_found"},
        {"POST", render, R"({"estimation_id":1,"crf":52})", 422, "invalid_fields"},
        {"POST", render, R"({"estimation_id":1,"preset":"warp"})", 422, "invalid_fields"},
        {"GET", "/videos/99/", "", 404, "not_found"},
        {"GET", "/videos/download/99/", "", 404, "not_found"},
        {"GET", "/videos/99/poster/", "", 404, "not_found"},
        {"GET", "/estimations/99/", "", 404, "not_found"},
        {"GET", "/visualizations/99/", "", 404, "not_found"},
        {"GET", "/videos/99999999999999999999/", "", 422, "invalid_fields"},
        {"GET", "/videos/%2e%2e%2f%2e%2e/", "", 422, "invalid_fields"},
        {"GET", "/videos/?limit=-1", "", 422, "invalid_fields"},
        {"GET", "/videos/?q=%00", "", 422, "invalid_fields"},
        {"GET", "/tasks/%00/", "", 400, "malformed_target"},
        {"DELETE", "/videos/99/", "", 404, "not_found"},
        {"DELETE", "/estimations/99/", "", 404, "not_found"},
        {"DELETE", "/visualizations/99/", "", 404, "not_found"},
        {"DELETE", "/tasks/../videos/1/", "", 404, "unknown_path"},
    };
}

/// A form with the clip as its file, and what else stands in it.
std::string form(const std::string& filename, const std::string& more_parts, const std::string& end) {
    return "--limit\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" + filename + "\"\r\n\r\n" +
           bytes_of(synthetic_clip()) + "\r\n" + more_parts + end;
}

std::string part(const std::string& name, const std::string& value) {
    return "--limit\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n";
}

const std::string form_type = "Content-Type: multipart/form-data; boundary=limit\r\n";
const std::string ingest = "/videos/ingest/";

class Requests : public testing::Test {
  protected:
    [[nodiscard]] ServiceClient::Answer answer_to(const std::string& bytes) const {
        RawClient raw(service.port());
        raw.send(bytes);
        return raw.read_answer();
    }

    void expect_nothing_stored() const {
        EXPECT_TRUE(eventually([&] { return object_keys(service.data_directory()).empty(); }));
        EXPECT_EQ(client.count("/videos/"), 0U);
    }

    RunningService service;
    ServiceClient client{service.port()};
};

TEST_F(Requests, ThatAreWrongAreRefusedWithAProblem) {
    EXPECT_EQ(client.uploaded(synthetic_clip()), 1);
    const auto wrong = wrong_requests();
    for (const auto& [method, target, body, status, code] : wrong) {
        SCOPED_TRACE(method + " " + target + " " + body.substr(0, 200));
        const auto type = body.empty() ? "" : "Content-Type: application/json\r\n";
        const auto answer = answer_to(request(method, target, type, body));
        EXPECT_EQ(answer.status, status) << answer.body;
        ASSERT_EQ(answer.field("Content-Type"), "application/problem+json");
        EXPECT_EQ(text(json_of(answer), "code"), code);
    }
    EXPECT_EQ(client.count("/videos/"), 1U);
    EXPECT_EQ(client.count("/tasks/"), 0U);
    std::cout << wrong.size() << " requests refused\n";
    expect_tidy(service);
}

TEST_F(Requests, WithBrokenFormsStoreNothing) {
    const std::string end = "--limit--\r\n", long_text(1 << 20, 'x');
    const std::vector<std::pair<std::string, int>> forms = {
        {form("a.mp4", part("description", long_text), end), 413},
        {form("a.mp4", part("description", std::string(513, 'x')), end), 422},
        {form("a.mp4", part("description", std::string("a\0b", 3)), end), 422},
        {form("a.mp4", part("description", "\xff\xfe"), end), 400},
        {form("a.mp4", "", ""), 400},
        {form("a.mp4", "", form("b.mp4", "", end)), 400},
        {part("description", "no file") + end, 422},
        {"nonsense", 400},
    };
    for (const auto& [body, status] : forms) {
        const auto answer = answer_to(request("POST", ingest, form_type, body));
        EXPECT_EQ(answer.status, status) << answer.body;
    }
    EXPECT_EQ(answer_to(request("POST", ingest, "Content-Type: multipart/form-data\r\n", "x")).status, 400);
    expect_nothing_stored();
    std::cout << forms.size() + 1 << " forms refused\n";
    expect_tidy(service);
}

TEST_F(Requests, WithTricksInNamesAreStoredUnderTheLastPart) {
    const std::string end = "--limit--\r\n";
    const auto answer = answer_to(request("POST", ingest, form_type, form("../../etc/passwd", "", end)));
    ASSERT_EQ(answer.status, 201) << answer.body;
    EXPECT_EQ(text(json_of(answer), "filename"), "passwd");
    EXPECT_THAT(object_keys(service.data_directory()), testing::ElementsAre(testing::StartsWith("videos/")));
    expect_tidy(service);
}

TEST_F(Requests, OfClientsThatVanishStoreNothing) {
    const auto clip = bytes_of(synthetic_clip());
    const auto records = open_records(service.data_directory());
    const auto begun = [&] { return records->read().query(open_removals).size(); };
    constexpr int clients = 8;
    for (int i = 0; i < clients; ++i) {
        const auto before = begun();
        RawClient raw(service.port());
        raw.send(request("POST", ingest, "Content-Type: video/mp4\r\nContent-Length: 1000000000\r\n"));
        raw.send(clip);
        EXPECT_TRUE(eventually([&] { return begun() > before; }));
        raw.vanish();
        expect_nothing_stored();
    }
    std::cout << clients << " clients vanished\n";
    expect_tidy(service);
}

TEST_F(Requests, ThatSayLessThanTheySendAreTakenAtTheirWord) {
    const auto clip = bytes_of(synthetic_clip());
    RawClient raw(service.port());
    raw.send(request("POST", ingest, "Content-Type: video/mp4\r\nContent-Length: 1000\r\n"));
    raw.send(clip);
    EXPECT_THAT(raw.read_answer().status, testing::AnyOf(415, 422));
    EXPECT_THAT(raw.read_to_end(), testing::AnyOf("", testing::HasSubstr("400 Bad Request")));
    expect_nothing_stored();
    expect_tidy(service);
}

TEST_F(Requests, ThatAreRefusedEarlyAreAnsweredToClientsThatWriteFirst) {
    const std::string body(20 << 20, 'x');
    const auto answer = client.upload(body);
    EXPECT_EQ(answer.status, 415);
    EXPECT_EQ(answer.field("Connection"), "close");
    expect_nothing_stored();
    expect_tidy(service);
}

TEST_F(Requests, ThatTrickleInAreEndedAndHoldNobodyUp) {
    constexpr int clients = 50;
    std::vector<std::unique_ptr<RawClient>> slow;
    for (int i = 0; i < clients; ++i) {
        slow.push_back(std::make_unique<RawClient>(service.port()));
        slow.back()->send("GET /videos/ HTTP/1.1\r\nHost: loc");
    }
    EXPECT_GT(client.uploaded(synthetic_clip()), 0);
    for (const auto& one : slow)
        EXPECT_THAT(one->read_to_end(), testing::AnyOf("", testing::HasSubstr("HTTP/1.1 4")));
    std::cout << clients << " slow clients ended\n";
    expect_tidy(service);
}

}  // namespace
}  // namespace posed::tests
