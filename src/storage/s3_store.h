#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "storage/object_store.h"

namespace posed::storage {

struct S3StoreOptions {
    std::string bucket_url;     ///< "https://s3.example.org:9000/bucket"
    bool virtual_host = false;  ///< the bucket is named in the host, bucket.s3.example.org, not in the path
    std::string region;
    std::string access_key;
    std::string secret_key;
    std::filesystem::path ca_file;  ///< empty: the authorities that the system trusts
    std::optional<std::string>
        public_endpoint;  ///< "https://files.example.org": where clients find the server
};

/// Objects in a bucket of a server that speaks S3: AWS, MinIO, Ceph. An object counts when the server says
/// so: it is never seen in parts. Passing faults of server and network are repeated away (S3Client); what
/// stays is unavailable. Every body is compared with its digest on either side.
///
/// A key is refused when it is used, by the server's own condition (If-None-Match). Ceph's gateway holds it
/// for objects of less than 8 MiB and not among writers of the same moment; keys are made new for every
/// attempt (keys.h).
///
/// `clock` and `random` must outlive the store. Asks the server whether the bucket can be used. Errors:
/// invalid_argument for an address that is none; not_found for the bucket; permission_denied for credentials
/// or a certificate that are not accepted; unavailable.
[[nodiscard]] Result<std::unique_ptr<ObjectStore>> open_s3_store(const S3StoreOptions& options,
                                                                 const Clock& clock, Random& random);

/// For how long a URL lets clients begin a download.
inline constexpr std::chrono::hours client_url_valid_for{1};

}  // namespace posed::storage
