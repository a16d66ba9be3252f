// From a request's head to its answer, without a socket.

#include "api/application.h"

#include <string>

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/sample_api.h"
#include "api/target.h"

namespace posed::api {
namespace {

using sample::Api;
using sample::body_of;
using sample::respond;
using ::testing::HasSubstr;
using ::testing::Not;

Request request(Method method, std::string target, Headers headers = {}) {
    return {.method = method, .target = std::move(target), .headers = std::move(headers)};
}

Status status_of(Api& api, Method method, std::string target, Headers headers = {}) {
    return respond(api, request(method, std::move(target), std::move(headers))).status;
}

/// Keeps what is written.
class Remembered final : public Log {
  public:
    void write(Level, std::string_view message, Fields fields) override {
        text += message;
        for (const auto& field : fields) {
            text.append(" ").append(field.name).append("=");
            if (const auto* value = std::get_if<std::string_view>(&field.value))
                text += *value;
        }
        text += "\n";
    }

    std::string text;
};

TEST(Target, IsSplitAndDecoded) {
    EXPECT_EQ(parse_target("/a/b?c=d?e")->query, "c=d?e");
    EXPECT_EQ(parse_target("http://host:80/a?b")->authority, "host:80");
    EXPECT_EQ(parse_target("http://host")->path, "/");
    for (const auto* bad : {"", "a", "ftp://x/", "/a b", "/a\x01", "/a#b", "/\xc3\xa4", "http:///a"})
        EXPECT_FALSE(parse_target(bad)) << bad;
    EXPECT_EQ(path_segments("/a%2Fb/%C3%A4/")->size(), 2U) << "an escaped slash separates nothing";
    EXPECT_EQ(path_segments("/a/../b")->size(), 3U);
    for (const auto* bad : {"/%", "/%4", "/%zz", "/%00", "/%ff", "/%ed%a0%80"})
        EXPECT_FALSE(path_segments(bad)) << bad;
}

TEST(Routing, TakesAPathWithAndWithoutItsLastSlash) {
    Api api;
    for (const auto* target : {"/items/7/", "/items/7", "/items/%37/", "http://localhost/items/7"})
        EXPECT_EQ(status_of(api, Method::get, target), Status::ok) << target;
    for (const auto* target : {"/", "/items//", "//items/7", "/items/7/x/", "/items/../items/7/", "*"})
        EXPECT_EQ(status_of(api, Method::get, target), Status::not_found) << target;
    EXPECT_EQ(status_of(api, Method::get, "/items/%"), Status::bad_request);
}

TEST(Routing, PrefersTextToParameters) {
    Api api;
    const auto response = respond(api, request(Method::get, "/items/events/"));
    EXPECT_EQ(response.headers.find("Content-Type"), "text/event-stream");
    EXPECT_EQ(respond(api, request(Method::remove, "/items/events/")).headers.find("Allow"),
              "GET, HEAD, OPTIONS");
}

TEST(Routing, NamesTheMethodsThatAreAllowed) {
    Api api;
    const auto refused = respond(api, request(Method::put, "/items/7/"));
    EXPECT_EQ(refused.status, Status::method_not_allowed);
    EXPECT_EQ(refused.headers.find("Allow"), "GET, HEAD, DELETE, OPTIONS");
    const auto options = respond(api, request(Method::options, "/items/7/"));
    EXPECT_EQ(options.status, Status::no_content);
    EXPECT_EQ(options.headers.find("Allow"), "GET, HEAD, DELETE, OPTIONS");
    EXPECT_EQ(status_of(api, Method::head, "/items/7/"), Status::ok);
}

TEST(Routing, RefusesTwoRowsForTheSameRequest) {
    std::vector<Route> rows(2);
    rows[0].pattern = "/a/{x}/";
    rows[1].pattern = "/a/{y}";
    EXPECT_THROW(Router{rows}, std::logic_error);
}

TEST(Problems, FollowTheStandardAndTheReference) {
    Api api;
    const auto response = respond(api, request(Method::get, "/items/1001/", {{"X-Request-ID", "mine-1"}}));
    EXPECT_EQ(response.headers.find("Content-Type"), "application/problem+json");
    EXPECT_EQ(response.headers.find("X-Request-ID"), "mine-1");
    EXPECT_EQ(body_of(response),
              R"({"type":"about:blank","title":"Not Found","status":404,"detail":"there is no item 1001",)"
              R"("instance":"mine-1","code":"not_found","errors":[],"suggestion":null,"status_code":404,)"
              R"("error":"Not Found"})");
    EXPECT_EQ(respond(api, request(Method::get, "/x", {{"X-Request-ID", "a b"}}))
                  .headers.find("X-Request-ID")
                  ->size(),
              36U);
}

TEST(Problems, TellNothingOfTheInside) {
    Remembered log;
    Api api({}, log);
    for (const auto* target : {"/throw/", "/inside/"}) {
        const auto response = respond(api, request(Method::get, target));
        EXPECT_EQ(response.status, Status::internal_server_error);
        EXPECT_THAT(body_of(response), Not(HasSubstr("secret")));
    }
    EXPECT_THAT(log.text, HasSubstr("the secret is 42"));
    EXPECT_THAT(log.text, HasSubstr("/var/secret"));
    const auto outage = respond(api, request(Method::get, "/outage/"));
    EXPECT_EQ(outage.status, Status::service_unavailable);
    EXPECT_EQ(outage.headers.find("Retry-After"), "5");
    EXPECT_THAT(body_of(outage), Not(HasSubstr("10.0.0.1")));
}

TEST(Protection, AnswersForItsOwnNamesOnly) {
    Api api({.protection = {.allowed_hosts = {"studio.example"}}});
    for (const auto* host :
         {"localhost", "LOCALHOST:8000", "127.0.0.1:8000", "studio.example", "studio.example:443"})
        EXPECT_EQ(status_of(api, Method::get, "/items/7/", {{"Host", host}}), Status::ok) << host;
    for (const auto* host : {"evil.example", "", "localhost.evil.example", "[::1]:8000", "127.0.0.2"})
        EXPECT_EQ(status_of(api, Method::get, "/items/7/", {{"Host", host}}), Status::misdirected_request)
            << host;
    EXPECT_EQ(status_of(api, Method::get, "http://evil.example/items/7/"), Status::misdirected_request);
}

TEST(Protection, KeepsForeignPagesFromChangingAnything) {
    Api api({.protection = {.allowed_origins = {"https://studio.example"}}});
    const auto origin = [](const char* value) {
        return Headers{{"Host", "localhost:8000"}, {"Origin", value}};
    };
    EXPECT_EQ(status_of(api, Method::remove, "/items/7/", origin("https://evil.example")), Status::forbidden);
    EXPECT_EQ(status_of(api, Method::remove, "/items/7/", origin("null")), Status::forbidden);
    EXPECT_EQ(status_of(api, Method::remove, "/items/7/", origin("http://localhost:8000")),
              Status::no_content);
    EXPECT_EQ(status_of(api, Method::remove, "/items/7/", origin("https://studio.example")),
              Status::no_content);
    EXPECT_EQ(status_of(api, Method::get, "/items/7/", origin("https://evil.example")), Status::ok);
}

TEST(Protection, TellsBrowsersWhichPagesMayRead) {
    Api api({.protection = {.allowed_origins = {"https://studio.example"}, .token = "secret"}});
    const auto allowed = respond(
        api, request(Method::options, "/items/7/",
                     {{"Origin", "https://studio.example"}, {"Access-Control-Request-Method", "DELETE"}}));
    EXPECT_EQ(allowed.status, Status::no_content);
    EXPECT_EQ(allowed.headers.find("Access-Control-Allow-Origin"), "https://studio.example");
    EXPECT_EQ(allowed.headers.find("Access-Control-Allow-Methods"), "GET, HEAD, DELETE, OPTIONS");
    EXPECT_EQ(allowed.headers.find("Vary"), "Origin");
    const auto other = respond(api, request(Method::get, "/open/", {{"Origin", "https://evil.example"}}));
    EXPECT_FALSE(other.headers.find("Access-Control-Allow-Origin"));
    EXPECT_EQ(other.headers.find("X-Content-Type-Options"), "nosniff");
}

TEST(Protection, AsksForTheToken) {
    Api api({.protection = {.token = "secret"}});
    const auto refused = respond(api, request(Method::get, "/items/7/"));
    EXPECT_EQ(refused.status, Status::unauthorized);
    EXPECT_EQ(refused.headers.find("WWW-Authenticate"), "Bearer");
    for (const auto* value :
         {"Bearer wrong", "Bearer", "secret", "Basic secret", "Bearer secret2", "Bearer "})
        EXPECT_EQ(status_of(api, Method::get, "/items/7/", {{"Authorization", value}}), Status::unauthorized)
            << value;
    EXPECT_EQ(status_of(api, Method::get, "/items/7/", {{"Authorization", "bearer secret"}}), Status::ok);
    EXPECT_EQ(status_of(api, Method::get, "/open/"), Status::no_content);
}

TEST(Application, RefusesOtherTypesAndExpectations) {
    Api api;
    Request text = request(Method::post, "/items/", {{"Content-Type", "text/plain"}});
    text.body = R"({"id": 1, "rate": 1})";
    EXPECT_EQ(respond(api, text).status, Status::unsupported_media_type);
    text.headers.set("Content-Type", "application/json; charset=utf-8");
    EXPECT_EQ(respond(api, text).status, Status::created);
    EXPECT_EQ(status_of(api, Method::get, "/items/7/", {{"Expect", "200-ok"}}), Status::expectation_failed);
}

TEST(Application, CountsAndLogsRequestsByRoute) {
    Remembered log;
    Api api({}, log);
    respond(api, request(Method::get, "/items/7/"));
    respond(api, request(Method::get, "/nowhere/"));
    EXPECT_THAT(log.text, HasSubstr("route=/items/{item_id}/"));
    const auto metrics = api.metrics.text();
    EXPECT_THAT(
        metrics,
        HasSubstr(R"(posed_http_requests_total{method="GET",route="/items/{item_id}/",status="200"} 1)"));
    EXPECT_THAT(metrics, HasSubstr(R"(route="none",status="404")"));
    EXPECT_THAT(metrics, HasSubstr("posed_http_requests_in_flight 0"));
}

TEST(Headers, CannotBeEndedByAValue) {
    Response response{.headers = {{"Location", "/x\r\nSet-Cookie: a=b"}}};
    EXPECT_THAT(head_text(response, Framing::length, 0, true), Not(HasSubstr("\nSet-Cookie")));
}

}  // namespace
}  // namespace posed::api
