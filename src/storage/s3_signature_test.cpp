// The examples that AWS publishes in the API reference of Amazon S3, "Authenticating Requests (AWS Signature
// Version 4)": four of "Using the Authorization Header" and the one of "Using Query Parameters".

#include "storage/s3_signature.h"

#include <chrono>
#include <span>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/digest.h"

namespace posed::storage {
namespace {

using namespace std::chrono_literals;
using testing::EndsWith;
using testing::HasSubstr;

constexpr std::chrono::microseconds now =
    std::chrono::sys_days{std::chrono::year{2013} / 5 / 24}.time_since_epoch();

const S3Signer signer({.access_key = "AKIAIOSFODNN7EXAMPLE",
                       .secret_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"},
                      "us-east-1");

std::string sha256(const std::string& body) {
    return sha256_of(std::as_bytes(std::span(body)));
}

S3Head head_of(std::string method, std::string path) {
    return {.method = std::move(method),
            .path = std::move(path),
            .fields = {{"host", "examplebucket.s3.amazonaws.com"}}};
}

std::string authorization(S3Head head, const std::string& body = "") {
    signer.sign(head, sha256(body), now);
    return head.fields.at("authorization");
}

TEST(S3Signature, OfAnObjectsPart) {
    auto head = head_of("GET", "/test.txt");
    head.fields["range"] = "bytes=0-9";
    EXPECT_EQ(authorization(head),
              "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
              "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,"
              "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

TEST(S3Signature, OfAnUpload) {
    auto head = head_of("PUT", "/test%24file.text");
    head.fields["date"] = "Fri, 24 May 2013 00:00:00 GMT";
    head.fields["x-amz-storage-class"] = "REDUCED_REDUNDANCY";
    EXPECT_THAT(authorization(head, "Welcome to Amazon S3."),
                EndsWith("98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"));
}

TEST(S3Signature, OfAQueryWithoutAValue) {
    auto head = head_of("GET", "/");
    head.query["lifecycle"] = "";
    EXPECT_THAT(authorization(head),
                EndsWith("fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"));
}

TEST(S3Signature, OfAListing) {
    auto head = head_of("GET", "/");
    head.query = {{"prefix", "J"}, {"max-keys", "2"}};
    EXPECT_THAT(authorization(head),
                EndsWith("34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"));
}

TEST(S3Signature, InAUrl) {
    auto head = head_of("GET", "/test.txt");
    signer.presign(head, 24h, now);
    EXPECT_EQ(head.query.at("X-Amz-Signature"),
              "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
    EXPECT_THAT(query_text(head.query),
                HasSubstr("X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
                          "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400"));
}

}  // namespace
}  // namespace posed::storage
