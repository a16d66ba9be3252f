#include "storage/s3_writer.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/digest.h"
#include "storage/s3_documents.h"

namespace posed::storage {
namespace {

/// Large objects are put together from their parts before the server answers.
constexpr std::chrono::minutes completion_silence_max{5};

/// A store that encrypts with keys of its own, or the caller's, makes entity tags of its own.
bool tag_is_digest(const S3Answer& answer) {
    const auto encryption = answer.field("x-amz-server-side-encryption");
    return (encryption.empty() || encryption == "AES256") &&
           answer.field("x-amz-server-side-encryption-customer-algorithm").empty();
}

class Writer final : public ObjectWriter {
  public:
    Writer(S3Client& client, std::string key) : client_(client), key_(std::move(key)) {}
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;
    ~Writer() override {
        if (!finished_ && !failure_)
            abandon();
    }

    Result<> write(std::span<const std::byte> bytes) override {
        return unless_failed([&] { return append(bytes); });
    }

    Result<std::uint64_t> finish() override {
        TRY(unless_failed([&] { return upload_id_.empty() ? put_whole() : complete(); }));
        finished_ = true;
        return bytes_;
    }

  private:
    template <class Step>
    Result<> unless_failed(Step step) {
        if (failure_)
            return *failure_;
        Result<> done = step();
        if (done.has_error()) {
            failure_ = done.error();
            abandon();
        }
        return done;
    }

    Result<> append(std::span<const std::byte> bytes) {
        bytes_ += bytes.size();
        while (!bytes.empty()) {
            const auto part_bytes = tags_.size() < S3Parts::small_ones ? S3Parts::bytes : S3Parts::late_bytes;
            if (part_.size() == part_bytes)
                TRY(put_part());
            const auto taken = bytes.first(std::min(bytes.size(), part_bytes - part_.size()));
            part_.insert(part_.end(), taken.begin(), taken.end());
            bytes = bytes.subspan(taken.size());
        }
        return {};
    }

    /// The server compares what it got with the signature's digest, and we its answer with ours.
    Result<S3Answer> put_bytes(S3Request request, const std::string& digest) {
        request.body = part_;
        request.check = [&digest](const S3Answer& answer) -> Result<> {
            if (tag_is_digest(answer) && answer.tag() != digest)
                return fail(Code::input_output, fmt::format("the ETag {} is not the MD5 {} of what was sent",
                                                            answer.tag(), digest));
            return {};
        };
        return client_.send(request);
    }

    Result<> put_whole() {
        const auto digest = hexadecimal(md5_of(part_));
        const auto answer =
            put_bytes({.method = "PUT",
                       .key = key_,
                       .fields = {{"content-type", "application/octet-stream"}, {"if-none-match", "*"}}},
                      digest);
        return answer.has_error() ? unless_ours(answer.error(), digest) : Result<>();
    }

    Result<> put_part() {
        if (upload_id_.empty())
            TRY(begin_upload());
        const auto md5 = md5_of(part_);
        const auto number = std::to_string(tags_.size() + 1);
        const auto answer = TRY(put_bytes({.method = "PUT",
                                           .key = key_,
                                           .query = {{"partNumber", number}, {"uploadId", upload_id_}},
                                           .fields = {{"content-type", "application/octet-stream"}}},
                                          hexadecimal(md5)));
        tags_.push_back(answer.tag());
        digests_.insert(digests_.end(), md5.begin(), md5.end());
        part_.clear();
        return {};
    }

    Result<> begin_upload() {
        const auto answer = TRY(client_.send({.method = "POST",
                                              .key = key_,
                                              .query = {{"uploads", ""}},
                                              .fields = {{"content-type", "application/octet-stream"}}}));
        upload_id_ = TRY(upload_id_in(answer.body));
        return {};
    }

    Result<> complete() {
        if (!part_.empty())
            TRY(put_part());
        const auto body = completion_of(tags_);
        const auto answer =
            client_.send({.method = "POST",
                          .key = key_,
                          .query = {{"uploadId", upload_id_}},
                          .fields = {{"content-type", "application/xml"}, {"if-none-match", "*"}},
                          .body = std::as_bytes(std::span(body)),
                          .check = &check_completion,
                          .silence_max = completion_silence_max});
        if (answer.has_value())
            return {};
        return unless_ours(answer.error(), fmt::format("{}-{}", hexadecimal(md5_of(digests_)), tags_.size()));
    }

    /// The server may have sent its 200 before it began, and then failed.
    static Result<> check_completion(const S3Answer& answer) {
        if (const auto failure = failure_in(answer.body))
            return fail(Code::input_output, failure->code + ": " + failure->message);
        return {};
    }

    /// When the answer to an earlier attempt was lost, the object is there and the upload is not.
    Result<> unless_ours(const Error& error, const std::string& tag) {
        if (error.code != Code::conflict && error.code != Code::not_found)
            return error;
        const auto there = client_.send({.method = "HEAD", .key = key_});
        if (there.has_value() && there->tag() == tag)
            return {};
        if (there.has_value())
            return fail(Code::invalid_argument, key_ + " is stored already");
        return error;
    }

    /// What cannot be aborted now is aborted when the key is removed.
    void abandon() {
        part_ = {};
        if (!upload_id_.empty())
            (void)client_.send({.method = "DELETE", .key = key_, .query = {{"uploadId", upload_id_}}});
    }

    S3Client& client_;
    std::string key_;
    std::vector<std::byte> part_;
    std::string upload_id_;           ///< empty before the first part
    std::vector<std::string> tags_;   ///< of the parts that were sent
    std::vector<std::byte> digests_;  ///< their MD5s, one after another
    std::uint64_t bytes_ = 0;
    bool finished_ = false;
    std::optional<Error> failure_;
};

}  // namespace

std::unique_ptr<ObjectWriter> write_s3_object(S3Client& client, std::string key) {
    return std::make_unique<Writer>(client, std::move(key));
}

}  // namespace posed::storage
