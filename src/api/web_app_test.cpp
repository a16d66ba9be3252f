#include "api/web_app.h"

#include <fstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/sample_api.h"
#include "tests/support/shared_data.h"

namespace posed::api {
namespace {

using testing::HasSubstr;

/// A page of three files, one of them packed.
class WebApp : public testing::Test {
  protected:
    WebApp() {
        std::filesystem::create_directory(folder.path() / "assets");
        write("index.html", "<p>page</p>");
        write("assets/index-1a2b.js", "script");
        write("assets/index-1a2b.js.gz", "packed");
        write("assets/picture-3c.svg", "<svg/>");
        write("secret.txt", "not of the page");
    }

    void write(const std::string& name, const std::string& text) {
        std::ofstream(folder.path() / name) << text;
    }

    [[nodiscard]] Response get(const std::vector<std::string>& segments, Headers headers = {}) const {
        const Router router(web_app_routes(folder.path()).value());
        const auto* const route = router.find(Method::get, segments).route;
        if (route == nullptr)
            return {.status = Status::not_found};
        return route->handler({.headers = std::move(headers)}).value();
    }

    tests::TemporaryFolder folder;
};

std::string field(const Response& response, const char* name) {
    return std::string(response.headers.find(name).value_or(""));
}

TEST_F(WebApp, ServesThePageWithItsPolicy) {
    const auto page = get({});
    EXPECT_EQ(sample::body_of(page), "<p>page</p>");
    EXPECT_EQ(field(page, "Content-Type"), "text/html; charset=utf-8");
    EXPECT_EQ(field(page, "Cache-Control"), "no-cache");
    EXPECT_THAT(field(page, "Content-Security-Policy"), HasSubstr("script-src 'self';"));
    EXPECT_EQ(get({}, {{"If-None-Match", field(page, "ETag")}}).status, Status::not_modified);
}

TEST_F(WebApp, LetsBrowsersKeepWhatIsNamedAfterItsBytes) {
    const auto script = get({"assets", "index-1a2b.js"});
    EXPECT_EQ(field(script, "Cache-Control"), "public, max-age=31536000, immutable");
    EXPECT_EQ(field(script, "Content-Type"), "text/javascript; charset=utf-8");
    EXPECT_EQ(field(get({"assets", "picture-3c.svg"}), "Content-Type"), "image/svg+xml");
}

TEST_F(WebApp, SendsThePackedFileToWhoTakesIt) {
    const auto plain = get({"assets", "index-1a2b.js"});
    const auto packed = get({"assets", "index-1a2b.js"}, {{"Accept-Encoding", "br, gzip"}});
    EXPECT_EQ(sample::body_of(plain), "script");
    EXPECT_EQ(field(plain, "Content-Encoding"), "");
    EXPECT_EQ(sample::body_of(packed), "packed");
    EXPECT_EQ(field(packed, "Content-Encoding"), "gzip");
    EXPECT_EQ(field(packed, "Content-Type"), "text/javascript; charset=utf-8");
    EXPECT_NE(field(plain, "ETag"), field(packed, "ETag"));
    for (const auto& response : {&plain, &packed})
        EXPECT_EQ(field(*response, "Vary"), "Accept-Encoding");
    EXPECT_EQ(field(get({"assets", "picture-3c.svg"}, {{"Accept-Encoding", "gzip"}}), "Content-Encoding"),
              "");
}

TEST_F(WebApp, KnowsNoOtherFile) {
    EXPECT_EQ(get({"secret.txt"}).status, Status::not_found);
    EXPECT_EQ(get({"assets", "index-1a2b.js.gz"}).status, Status::not_found);
    EXPECT_EQ(get({"assets", ".."}).status, Status::not_found);
    EXPECT_EQ(get({"assets", "../secret.txt"}).status, Status::not_found);
    EXPECT_EQ(get({"assets"}).status, Status::not_found);
}

TEST_F(WebApp, SaysThatItWasNotBuilt) {
    std::filesystem::remove_all(folder.path() / "assets");
    std::filesystem::remove(folder.path() / "index.html");
    EXPECT_THAT(sample::body_of(get({})), HasSubstr("/docs/"));
}

TEST(AcceptEncoding, LetsGzipBe) {
    for (const auto* const value : {"gzip", "GZIP", "br, gzip;q=0.5", "*", "gzip ; q=1, identity;q=0"})
        EXPECT_TRUE(accepts_gzip(value)) << value;
    for (const auto* const value : {"", "br", "gzip;q=0", "gzip; q=0.000, *", "*;q=0", "gzipped", ",,"})
        EXPECT_FALSE(accepts_gzip(value)) << value;
}

}  // namespace
}  // namespace posed::api
