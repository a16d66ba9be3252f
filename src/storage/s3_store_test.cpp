// What is true of a store on an S3 server only; what every store does stands in conformance_test.cpp.

#include "storage/s3_store.h"

#include <map>
#include <memory>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/s3_client.h"
#include "storage/s3_source.h"
#include "storage/sample_s3.h"
#include "tests/support/faulty_proxy.h"
#include "tests/support/process.h"
#include "tests/support/s3_server.h"

namespace posed::storage {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

constexpr std::size_t mebibyte = 1 << 20;

Result<std::unique_ptr<ObjectStore>> open_store(const S3StoreOptions& options) {
    return open_s3_store(options, system_clock(), system_random());
}

std::string read(ByteSource& source, std::uint64_t offset, std::size_t size) {
    std::string text(size, '\0');
    text.resize(source.read_at(offset, std::as_writable_bytes(std::span(text))).value());
    return text;
}

class S3Store : public testing::Test {
  protected:
    void SetUp() override { POSED_NEEDS_S3(); }
};

TEST_F(S3Store, SaysWhyABucketCannotBeUsed) {
    auto options = sample_s3_options();
    const auto bucket = options.bucket_url;
    options.secret_key = "hunter2hunter2";
    const auto wrong_secret = open_store(options).error();
    EXPECT_EQ(wrong_secret.code, Code::permission_denied);
    EXPECT_THAT(wrong_secret.message,
                AllOf(HasSubstr("127.0.0.1:"), HasSubstr("403 SignatureDoesNotMatch"),
                      Not(HasSubstr("hunter2")), Not(HasSubstr(tests::S3Server::secret_key))));
    EXPECT_THAT(wrong_secret.suggestion, HasSubstr("POSED_S3_SECRET_KEY"));
    options = sample_s3_options();
    options.bucket_url = bucket + "-that-is-not-there";
    EXPECT_EQ(open_store(options).error().code, Code::not_found);
    EXPECT_THAT(open_store(options).error().message, HasSubstr("404 NoSuchBucket"));
    for (const auto* address : {"", "posed", "s3://posed", "http://127.0.0.1", "http://127.0.0.1/a/b",
                                "http://user:word@127.0.0.1/a", "http://127.0.0.1/a?b=c"}) {
        options.bucket_url = address;
        EXPECT_EQ(open_store(options).error().code, Code::invalid_argument) << address;
    }
}

TEST_F(S3Store, SpeaksTlsWithAServerOfAKnownAuthority) {
    auto options = sample_s3_options(tests::S3Server::shared().tls_url());
    const auto stranger = open_store(options).error();
    EXPECT_EQ(stranger.code, Code::permission_denied);
    EXPECT_THAT(stranger.suggestion, HasSubstr("POSED_S3_CA_FILE"));
    options.ca_file = tests::S3Server::shared().ca_file();
    const auto store = open_store(options).value();
    ASSERT_TRUE(put_text(*store, "videos/a.mp4", "abc"));
    EXPECT_EQ(text_of(*store, "videos/a.mp4").value(), "abc");
}

TEST_F(S3Store, NamesTheBucketInTheHostWhenItIsToldTo) {
    auto options = sample_s3_options("http://localhost:" + std::to_string(tests::S3Server::shared().port()));
    options.virtual_host = true;
    const auto store = open_store(options).value();
    ASSERT_TRUE(put_text(*store, "videos/a.mp4", "abc"));
    EXPECT_EQ(text_of(*store, "videos/a.mp4").value(), "abc");
    options.virtual_host = false;
    EXPECT_EQ(open_store(options).value()->size("videos/a.mp4").value(), 3U);
}

TEST_F(S3Store, ListsMoreThanAPage) {
    const auto store = open_store(sample_s3_options()).value();
    constexpr int writers = 8, each = 126;  // a page has 1000
    {
        std::vector<std::jthread> running;
        for (int writer = 0; writer < writers; ++writer)
            running.emplace_back([&, writer] {
                for (int i = 0; i < each; ++i)
                    ASSERT_TRUE(put_text(*store, "videos/" + std::to_string(writer * each + i), "x"));
            });
    }
    std::map<std::string, std::uint64_t> listed;
    ASSERT_TRUE(store->list([&](const ObjectInfo& object) { listed.emplace(object.key, object.bytes); }));
    EXPECT_THAT(listed, SizeIs(writers * each));
    const auto usage = store->usage().value();
    EXPECT_EQ(usage.used_bytes, writers * each);
    EXPECT_FALSE(usage.free_bytes.has_value());
}

// Its upload would stay, and cost, for ever.
TEST_F(S3Store, RemovesWhatAWriterThatDiedHasSent) {
    tests::FaultyProxy proxy(tests::S3Server::shared().port());
    const auto options = sample_s3_options(proxy.url());
    const auto store = open_store(options).value();
    S3Client client(
        {.bucket = parse_s3_bucket(options.bucket_url).value(), .ca_file = {}},
        S3Signer({.access_key = options.access_key, .secret_key = options.secret_key}, "us-east-1"),
        system_clock(), system_random());
    const auto uploads = [&] {
        return client.send({.method = "GET", .query = {{"uploads", ""}}}).value().body;
    };
    const auto content = sample_text(9 * mebibyte);
    {
        const auto writer = store->put("videos/a.mp4").value();
        ASSERT_TRUE(writer->write(std::as_bytes(std::span(content))));
        proxy.expect("DELETE", std::vector(S3Client::attempts_max, tests::Fault::cut));
    }
    EXPECT_EQ(proxy.outstanding(), 0U);
    EXPECT_THAT(uploads(), HasSubstr("<Key>videos/a.mp4</Key>"));
    EXPECT_TRUE(store->remove("videos/a.mp4"));
    EXPECT_THAT(uploads(), Not(HasSubstr("<Key>")));
}

TEST_F(S3Store, ADecodersReadsCostFewRequests) {
    tests::FaultyProxy proxy(tests::S3Server::shared().port());
    const auto store = open_store(sample_s3_options(proxy.url())).value();
    const auto content = sample_text(32 * mebibyte);
    ASSERT_TRUE(put_text(*store, "videos/a.mp4", content));
    const auto source = store->open("videos/a.mp4").value();
    const auto gets = [&, before = proxy.requests("GET").size()] {
        return proxy.requests("GET").size() - before;
    };
    constexpr std::size_t step = 64 << 10;
    EXPECT_EQ(read(*source, content.size() - 1000, 2000), content.substr(content.size() - 1000));
    EXPECT_EQ(gets(), 1U);
    for (std::size_t offset = 0; offset < content.size(); offset += step)
        ASSERT_EQ(read(*source, offset, step), content.substr(offset, step)) << offset;
    EXPECT_LE(gets(), 14U) << "256 KiB, then twice as much each time, up to 4 MiB";
    const auto sequential = gets();
    // Sound and pictures that lie far apart.
    for (std::size_t offset = 0; offset < 4 * mebibyte; offset += step) {
        ASSERT_EQ(read(*source, offset, step), content.substr(offset, step)) << offset;
        const auto far = offset + 20 * mebibyte;
        ASSERT_EQ(read(*source, far, step), content.substr(far, step)) << far;
    }
    EXPECT_LE(gets() - sequential, 12U);
}

TEST_F(S3Store, GivesClientsTheirOwnWayToAnObject) {
    auto options = sample_s3_options();
    EXPECT_EQ(open_store(options).value()->client_url("videos/a.mp4", {}), std::nullopt);
    options.public_endpoint = "http://localhost:" + std::to_string(tests::S3Server::shared().port());
    const auto store = open_store(options).value();
    ASSERT_TRUE(put_text(*store, "videos/a.mp4", "0123456789"));
    const auto url = store
                         ->client_url("videos/a.mp4", {.media_type = "video/mp4",
                                                       .disposition = "attachment; filename=\"my clip.mp4\""})
                         .value();
    EXPECT_THAT(url, testing::StartsWith(*options.public_endpoint + "/tests-"));
    EXPECT_THAT(url, Not(HasSubstr(options.secret_key)));
    const auto fetched = tests::run({"curl", "-sS", "-i", "-r", "3-6", url});
    EXPECT_THAT(fetched.output,
                AllOf(HasSubstr("206 Partial Content"), HasSubstr("Content-Type: video/mp4"),
                      HasSubstr("attachment; filename=\"my clip.mp4\""), testing::EndsWith("\r\n\r\n3456")));
    const auto forged = url.substr(0, url.size() - 1) + (url.back() == '0' ? '1' : '0');
    EXPECT_THAT(tests::run({"curl", "-sS", "-i", forged}).output, HasSubstr("403 Forbidden"));
}

}  // namespace
}  // namespace posed::storage
