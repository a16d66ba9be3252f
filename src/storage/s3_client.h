#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "storage/s3_signature.h"

/// Requests to an S3 server, on libcurl, which no other file of this folder includes. Private to this folder.
namespace posed::storage {

struct S3Endpoint {
    std::string scheme;
    std::string authority;     ///< host, and port unless it is the scheme's own
    bool is_loopback = false;  ///< then no proxy of the environment is asked
};

struct S3Bucket {
    S3Endpoint endpoint;
    std::string name;
};

/// "https://s3.example.org:9000". Errors: invalid_argument.
[[nodiscard]] Result<S3Endpoint> parse_s3_endpoint(const std::string& url);

/// "https://s3.example.org:9000/bucket". Errors: invalid_argument.
[[nodiscard]] Result<S3Bucket> parse_s3_bucket(const std::string& url);

struct S3Answer {
    S3Fields fields;         ///< of the head, their names in lower case
    std::string body;        ///< of a request without a place for it
    std::size_t placed = 0;  ///< bytes that went to that place

    /// Empty when there is no such field.
    [[nodiscard]] std::string field(const std::string& name) const;
    /// The ETag without its quotes.
    [[nodiscard]] std::string tag() const;
};

struct S3Request {
    std::string method;
    std::string key = {};  ///< empty: the bucket itself
    S3Fields query = {};
    S3Fields fields = {};                  ///< their names in lower case
    std::span<const std::byte> body = {};  ///< the caller's
    std::span<std::byte> place = {};       ///< for the body of an answer; more than fits is a broken answer
    std::function<Result<>(const S3Answer&)> check = {};  ///< its error makes the answer a broken one
    std::vector<std::string> accepted = {};  ///< S3's codes of failures that are as good as an answer
    std::chrono::seconds silence_max{30};    ///< without a byte in either direction
};

/// Used by several threads: each request takes a connection of a pool.
class S3Client {
  public:
    struct Options {
        S3Bucket bucket;
        bool virtual_host = false;      ///< the bucket is named in the host, not in the path
        std::filesystem::path ca_file;  ///< empty: the authorities that the system trusts
    };

    /// `clock` and `random` must outlive it.
    S3Client(Options options, S3Signer signer, const Clock& clock, Random& random);
    S3Client(const S3Client&) = delete;
    S3Client& operator=(const S3Client&) = delete;
    ~S3Client();

    /// Sends it until an answer comes that is neither broken nor a passing fault of the server (500, 503
    /// SlowDown and their like): at most `attempts_max` times, with pauses that double and vary. So
    /// everything that is sent must bear repetition.
    ///
    /// Errors, each with host, method, key, status and S3's own code: not_found; conflict for a condition
    /// that does not hold; permission_denied, also for a certificate that is not trusted; storage_full for a
    /// quota; unavailable after the last attempt; input_output for everything else.
    [[nodiscard]] Result<S3Answer> send(const S3Request& request);

    /// A URL by which whoever has it may send this request to that endpoint.
    [[nodiscard]] std::string presigned_url(const S3Request& request, const S3Endpoint& endpoint,
                                            std::chrono::seconds valid_for) const;

    static constexpr int attempts_max = 6;

  private:
    class Connection;
    struct Attempt;

    [[nodiscard]] S3Head head_of(const S3Request& request, const S3Endpoint& endpoint) const;
    [[nodiscard]] Attempt try_once(const S3Request& request);
    [[nodiscard]] std::string described(const S3Request& request) const;
    [[nodiscard]] std::unique_ptr<Connection> take_connection();
    void pause_after(int attempt);

    Options options_;
    S3Signer signer_;
    const Clock& clock_;
    Random& random_;
    std::mutex mutex_;
    std::vector<std::unique_ptr<Connection>> idle_;
};

}  // namespace posed::storage
