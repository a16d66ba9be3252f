// An S3 server, and a network, that fail. Each request of an object's life meets each fault once, and nothing
// of it is seen; a fault that stays ends with an error that says what it is.

#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/s3_client.h"
#include "storage/s3_store.h"
#include "storage/sample_s3.h"
#include "tests/support/faulty_proxy.h"
#include "tests/support/s3_server.h"

namespace posed::storage {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using tests::Fault;

constexpr std::size_t mebibyte = 1 << 20;

struct Meeting {
    const char* request;  ///< a text in its first line
    Fault fault;
    const char* name;
};

std::ostream& operator<<(std::ostream& stream, const Meeting& meeting) {
    return stream << meeting.name;
}

/// A small and a large object's life: nine requests of nine kinds.
void live(ObjectStore& store) {
    const auto large = sample_text(9 * mebibyte);
    ASSERT_TRUE(put_text(store, "videos/small.mp4", "abc"));
    ASSERT_TRUE(put_text(store, "videos/large.mp4", large));
    EXPECT_EQ(text_of(store, "videos/small.mp4").value(), "abc");
    EXPECT_TRUE(text_of(store, "videos/large.mp4").value() == large);
    int listed = 0;
    EXPECT_TRUE(store.list([&](const ObjectInfo&) { ++listed; }));
    EXPECT_EQ(listed, 2);
    EXPECT_TRUE(store.remove("videos/small.mp4"));
    EXPECT_TRUE(store.remove("videos/large.mp4"));
    EXPECT_EQ(store.size("videos/large.mp4").error().code, Code::not_found);
}

class S3Faults : public testing::TestWithParam<Meeting> {
  protected:
    void SetUp() override {
        POSED_NEEDS_S3();
        proxy = std::make_unique<tests::FaultyProxy>(tests::S3Server::shared().port());
        options = sample_s3_options(proxy->url());
        store = open_s3_store(options, system_clock(), system_random()).value();
    }

    std::unique_ptr<tests::FaultyProxy> proxy;
    S3StoreOptions options;
    std::unique_ptr<ObjectStore> store;
};

TEST_P(S3Faults, ThatPassAreNotSeen) {
    proxy->expect(GetParam().request, {GetParam().fault});
    live(*store);
    EXPECT_EQ(proxy->outstanding(), 0U) << "the request never came";
}

constexpr auto small_put = "videos/small.mp4 ";
constexpr auto begin = "uploads= ";
constexpr auto part = "partNumber=1";
constexpr auto completion = "large.mp4?uploadId=";
constexpr auto head = "HEAD /";
constexpr auto listing = "list-type=2";
constexpr auto removal = "DELETE /";

INSTANTIATE_TEST_SUITE_P(Each, S3Faults,
                         testing::Values(Meeting{small_put, Fault::internal_error, "SmallPutFails"},
                                         Meeting{small_put, Fault::slow_down, "SmallPutIsTooFast"},
                                         Meeting{small_put, Fault::cut, "SmallPutIsCut"},
                                         Meeting{small_put, Fault::lost_answer, "SmallPutsAnswerIsLost"},
                                         Meeting{small_put, Fault::wrong_tag, "SmallPutHasAWrongTag"},
                                         Meeting{small_put, Fault::changed_request, "SmallPutIsChanged"},
                                         Meeting{begin, Fault::slow_down, "BeginIsTooFast"},
                                         Meeting{begin, Fault::lost_answer, "BeginsAnswerIsLost"},
                                         Meeting{part, Fault::internal_error, "PartFails"},
                                         Meeting{part, Fault::cut, "PartIsCut"},
                                         Meeting{part, Fault::lost_answer, "PartsAnswerIsLost"},
                                         Meeting{part, Fault::wrong_tag, "PartHasAWrongTag"},
                                         Meeting{part, Fault::changed_request, "PartIsChanged"},
                                         Meeting{completion, Fault::internal_error, "CompletionFails"},
                                         Meeting{completion, Fault::lost_answer, "CompletionsAnswerIsLost"},
                                         Meeting{completion, Fault::truncated, "CompletionIsTruncated"},
                                         Meeting{head, Fault::slow_down, "HeadIsTooFast"},
                                         Meeting{head, Fault::cut, "HeadIsCut"},
                                         Meeting{"GET /tests-", Fault::internal_error, "GetFails"},
                                         Meeting{"GET /tests-", Fault::truncated, "GetIsTruncated"},
                                         Meeting{"GET /tests-", Fault::wrong_tag, "GetHasAWrongTag"},
                                         Meeting{listing, Fault::truncated, "ListIsTruncated"},
                                         Meeting{removal, Fault::slow_down, "RemovalIsTooFast"},
                                         Meeting{removal, Fault::lost_answer, "RemovalsAnswerIsLost"}),
                         [](const auto& each) { return std::string(each.param.name); });

class LastingS3Faults : public S3Faults {};

TEST_F(LastingS3Faults, EndWithAClearError) {
    const auto large = sample_text(9 * mebibyte);
    struct Case {
        Fault fault;
        const char* said;
    };
    for (const auto& [fault, said] :
         {Case{Fault::slow_down, "503 SlowDown: So it is."}, Case{Fault::internal_error, "500 InternalError"},
          Case{Fault::cut, "Server returned nothing"}, Case{Fault::wrong_tag, "is not the MD5"}}) {
        proxy->expect("PUT /", std::vector(S3Client::attempts_max, fault));
        const auto error = put_text(*store, "videos/a.mp4", large).error();
        EXPECT_EQ(error.code, Code::unavailable);
        EXPECT_THAT(error.message,
                    AllOf(HasSubstr("S3 at 127.0.0.1:"), HasSubstr("PUT tests-"), HasSubstr("/videos/a.mp4"),
                          HasSubstr(said), HasSubstr("6 attempts"), Not(HasSubstr(options.secret_key))));
        EXPECT_EQ(store->size("videos/a.mp4").error().code, Code::not_found);
    }
}

TEST_F(LastingS3Faults, OfAReadEndWithAClearError) {
    ASSERT_TRUE(put_text(*store, "videos/a.mp4", "0123456789"));
    proxy->expect("GET /", std::vector(S3Client::attempts_max, Fault::truncated));
    const auto error = text_of(*store, "videos/a.mp4").error();
    EXPECT_EQ(error.code, Code::unavailable);
    EXPECT_THAT(error.message, HasSubstr("6 attempts"));
    EXPECT_EQ(text_of(*store, "videos/a.mp4").value(), "0123456789");
}

TEST_F(LastingS3Faults, LeaveNothingOfALargeObject) {
    const auto large = sample_text(9 * mebibyte);
    proxy->expect("partNumber=2", std::vector(S3Client::attempts_max, Fault::cut));
    EXPECT_EQ(put_text(*store, "videos/a.mp4", large).error().code, Code::unavailable);
    EXPECT_EQ(proxy->requests("DELETE").size(), 1U) << "the upload is aborted";
    EXPECT_EQ(store->size("videos/a.mp4").error().code, Code::not_found);
    EXPECT_TRUE(put_text(*store, "videos/a.mp4", large)) << "later it can be written";
}

TEST_F(LastingS3Faults, AServerThatIsStartedAgainIsFoundAgain) {
    auto& server = tests::S3Server::shared();
    ASSERT_TRUE(put_text(*store, "videos/a.mp4", "0123456789"));
    server.stop_gateway();
    EXPECT_EQ(store->size("videos/a.mp4").error().code, Code::unavailable);
    server.start_gateway();
    EXPECT_EQ(text_of(*store, "videos/a.mp4").value(), "0123456789");
}

}  // namespace
}  // namespace posed::storage
