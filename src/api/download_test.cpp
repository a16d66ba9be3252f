#include "api/download.h"

#include <string>

#include <gtest/gtest.h>

#include "api/sample_api.h"

namespace posed::api {
namespace {

using sample::body_of;
using sample::respond;

RangeChoice part(std::uint64_t first, std::uint64_t size) {
    return {.kind = RangeKind::part, .range = {first, size}};
}

TEST(Range, IsReadAsTheStandardSays) {
    EXPECT_EQ(parse_range("bytes=0-0", 10), part(0, 1));
    EXPECT_EQ(parse_range("BYTES = 2-5", 10), RangeChoice{});
    EXPECT_EQ(parse_range("Bytes=2-5", 10), part(2, 4));
    EXPECT_EQ(parse_range("bytes=5-", 10), part(5, 5));
    EXPECT_EQ(parse_range("bytes=5-99999999999999999999999", 10), part(5, 5));
    EXPECT_EQ(parse_range("bytes=-3", 10), part(7, 3));
    EXPECT_EQ(parse_range("bytes=-30", 10), part(0, 10));
    for (const auto* ignored : {"", "bytes", "bytes=", "bytes=-", "bytes=x-", "bytes=5-2", "bytes=1-2,4-5",
                                "bytes=--5", "bytes=1-x", "lines=1-2", "bytes=+1-2", "bytes=1 -2"})
        EXPECT_EQ(parse_range(ignored, 10), RangeChoice{}) << ignored;
    for (const auto* outside : {"bytes=10-", "bytes=10-12", "bytes=-0", "bytes=99999999999999999999999-"})
        EXPECT_EQ(parse_range(outside, 10).kind, RangeKind::unsatisfiable) << outside;
    EXPECT_EQ(parse_range("bytes=0-", 0).kind, RangeKind::unsatisfiable);
    EXPECT_EQ(parse_range("bytes=-5", 0).kind, RangeKind::unsatisfiable);
}

class DownloadTest : public testing::Test {
  protected:
    DownloadTest() { api.services.file = "0123456789"; }

    Response get(Headers headers, Method method = Method::get) {
        return respond(api, {.method = method, .target = "/file/", .headers = std::move(headers)});
    }

    sample::Api api;
};

TEST_F(DownloadTest, SendsTheWholeWithItsName) {
    const auto response = get({});
    EXPECT_EQ(body_of(response), "0123456789");
    EXPECT_EQ(response.headers.find("ETag"), "\"tag\"");
    EXPECT_EQ(response.headers.find("Accept-Ranges"), "bytes");
    EXPECT_EQ(response.headers.find("Content-Disposition"),
              "attachment; filename=\"T__nzer _1_.mp4\"; filename*=UTF-8''T%C3%A4nzer%20%221%22.mp4");
}

TEST_F(DownloadTest, SendsAPartOnlyOfTheSameBytes) {
    EXPECT_EQ(body_of(get({{"Range", "bytes=2-4"}})), "234");
    EXPECT_EQ(body_of(get({{"Range", "bytes=2-4"}, {"If-Range", "\"tag\""}})), "234");
    for (const auto* other : {"\"older\"", "W/\"tag\"", "Sun, 06 Nov 1994 08:49:37 GMT"})
        EXPECT_EQ(get({{"Range", "bytes=2-4"}, {"If-Range", other}}).status, Status::ok) << other;
    const auto outside = get({{"Range", "bytes=10-"}});
    EXPECT_EQ(outside.status, Status::range_not_satisfiable);
    EXPECT_EQ(outside.headers.find("Content-Range"), "bytes */10");
    EXPECT_EQ(get({{"Range", "bytes=2-4"}}, Method::head).status, Status::ok) << "a range is for GET only";
}

TEST_F(DownloadTest, SaysWhenNothingHasChanged) {
    for (const auto* known : {R"("tag")", R"(W/"tag")", R"("a", "tag")", "*"})
        EXPECT_EQ(get({{"If-None-Match", known}}).status, Status::not_modified) << known;
    for (const auto* other : {R"("other")", "tag", ""})
        EXPECT_EQ(get({{"If-None-Match", other}}).status, Status::ok) << other;
}

}  // namespace
}  // namespace posed::api
