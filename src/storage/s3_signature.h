#pragma once

#include <chrono>
#include <map>
#include <string>

/// Signatures of requests to S3: AWS Signature Version 4, in the head of a request or in its URL. Private to
/// this folder.
namespace posed::storage {

struct S3Credentials {
    std::string access_key;
    std::string secret_key;
};

using S3Fields = std::map<std::string, std::string>;

/// What of a request its signature covers, besides the body.
struct S3Head {
    std::string method;
    std::string path;      ///< escaped, as it is sent
    S3Fields query = {};   ///< not escaped
    S3Fields fields = {};  ///< of the head, their names in lower case; `host` must be among them
};

/// A value that may be used by several threads.
class S3Signer {
  public:
    S3Signer(S3Credentials credentials, std::string region);

    /// Adds the fields that carry the signature. `now` is UTC since 1970.
    void sign(S3Head& head, const std::string& body_sha256, std::chrono::microseconds now) const;

    /// Adds the signature to the query: whoever has the URL may send this request, with any body, for so
    /// long.
    void presign(S3Head& head, std::chrono::seconds valid_for, std::chrono::microseconds now) const;

  private:
    [[nodiscard]] std::string scope(const std::string& time) const;
    [[nodiscard]] std::string signature(const S3Head& head, const std::string& body_sha256,
                                        const std::string& time) const;

    S3Credentials credentials_;
    std::string region_;
};

/// The query as it is sent and signed, without the question mark.
[[nodiscard]] std::string query_text(const S3Fields& query);

}  // namespace posed::storage
