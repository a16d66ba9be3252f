#include "storage/s3_store.h"

#include <array>
#include <charconv>
#include <utility>

#include "storage/keys.h"
#include "storage/s3_client.h"
#include "storage/s3_documents.h"
#include "storage/s3_source.h"
#include "storage/s3_writer.h"

namespace posed::storage {
namespace {

/// Of the one thing that is no object. It stays and is written anew each time, because whoever probes may
/// have no right to remove.
constexpr const char* probe_key = "videos/.probe";

struct Found {
    std::uint64_t size = 0;
    std::string tag;
};

class S3Store final : public ObjectStore {
  public:
    S3Store(S3Client::Options client, S3Signer signer, std::optional<S3Endpoint> public_endpoint,
            const Clock& clock, Random& random)
        : client_(std::move(client), std::move(signer), clock, random),
          public_endpoint_(std::move(public_endpoint)) {}

    /// Whoever may not read the probe, or finds none, has credentials and a bucket.
    Result<> greet() {
        TRY(client_.send({.method = "GET", .key = probe_key, .accepted = {"NoSuchKey", "AccessDenied"}}));
        return {};
    }

    Result<std::unique_ptr<ObjectWriter>> put(std::string_view key) override {
        TRY(check_key(key));
        return write_s3_object(client_, std::string(key));
    }

    Result<std::unique_ptr<ByteSource>> open(std::string_view key) override {
        auto [size, tag] = TRY(find(key));
        return read_s3_object(client_, std::string(key), std::move(tag), size);
    }

    Result<std::uint64_t> size(std::string_view key) override { return TRY(find(key)).size; }

    /// Uploads first: one that is completed in between is removed as an object.
    Result<> remove(std::string_view key) override {
        TRY(check_key(key));
        TRY(abort_uploads(std::string(key)));
        TRY(client_.send({.method = "DELETE", .key = std::string(key)}));
        return {};
    }

    Result<> list(const std::function<void(const ObjectInfo&)>& visit) override {
        for (const auto folder : key_folders)
            TRY(list_folder(std::string(folder) + "/", visit));
        return {};
    }

    Result<StoreUsage> usage() override {
        StoreUsage usage;
        TRY(list([&](const ObjectInfo& object) { usage.used_bytes += object.bytes; }));
        return usage;
    }

    Result<> probe() override {
        constexpr std::array written{std::byte{'o'}, std::byte{'k'}};
        TRY(client_.send({.method = "PUT",
                          .key = probe_key,
                          .fields = {{"content-type", "text/plain"}},
                          .body = written}));
        std::array<std::byte, written.size()> read{};
        TRY(client_.send({.method = "GET", .key = probe_key, .place = read}));
        if (read != written)
            return fail(Code::input_output, "the S3 server does not give back what was written");
        return {};
    }

    std::optional<std::string> client_url(std::string_view key, const ClientDownload& download) override {
        if (!public_endpoint_)
            return std::nullopt;
        return client_.presigned_url({.method = download.method,
                                      .key = std::string(key),
                                      .query = {{"response-content-type", download.media_type},
                                                {"response-content-disposition", download.disposition}}},
                                     *public_endpoint_, client_url_valid_for);
    }

  private:
    Result<Found> find(std::string_view key) {
        TRY(check_key(key));
        const auto answer = TRY(client_.send({.method = "HEAD", .key = std::string(key)}));
        const auto length = answer.field("content-length");
        Found found{.size = 0, .tag = answer.tag()};
        const auto [end, error] = std::from_chars(length.data(), length.data() + length.size(), found.size);
        if (length.empty() || error != std::errc{} || end != length.data() + length.size())
            return fail(Code::input_output, "the S3 server does not tell the size of " + std::string(key));
        return found;
    }

    Result<> abort_uploads(const std::string& key) {
        const auto listed = TRY(client_.send({.method = "GET", .query = {{"uploads", ""}, {"prefix", key}}}));
        for (auto& id : TRY(upload_ids_of(key, listed.body)))
            TRY(client_.send({.method = "DELETE",
                              .key = key,
                              .query = {{"uploadId", std::move(id)}},
                              .accepted = {"NoSuchUpload"}}));
        return {};
    }

    Result<> list_folder(const std::string& prefix, const std::function<void(const ObjectInfo&)>& visit) {
        S3Fields query{{"list-type", "2"}, {"prefix", prefix}};
        while (true) {
            const auto answer = TRY(client_.send({.method = "GET", .query = query}));
            const auto page = TRY(listing_in(answer.body));
            for (const auto& object : page.objects)
                if (check_key(object.key).has_value())
                    visit(object);
            if (page.next.empty())
                return {};
            query["continuation-token"] = page.next;
        }
    }

    S3Client client_;
    std::optional<S3Endpoint> public_endpoint_;
};

}  // namespace

Result<std::unique_ptr<ObjectStore>> open_s3_store(const S3StoreOptions& options, const Clock& clock,
                                                   Random& random) {
    auto bucket = TRY(parse_s3_bucket(options.bucket_url));
    std::optional<S3Endpoint> public_endpoint;
    if (options.public_endpoint)
        public_endpoint = TRY(parse_s3_endpoint(*options.public_endpoint));
    auto store = std::make_unique<S3Store>(
        S3Client::Options{
            .bucket = std::move(bucket), .virtual_host = options.virtual_host, .ca_file = options.ca_file},
        S3Signer({.access_key = options.access_key, .secret_key = options.secret_key}, options.region),
        std::move(public_endpoint), clock, random);
    TRY(store->greet());
    return store;
}

}  // namespace posed::storage
