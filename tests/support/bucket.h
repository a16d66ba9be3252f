#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "storage/s3_store.h"
#include "tests/support/s3_server.h"

namespace posed::tests {

/// Of the store in a bucket of an S3Server, as the owner of all its buckets.
[[nodiscard]] inline storage::S3StoreOptions bucket_options(const std::string& url) {
    return {.bucket_url = url,
            .region = "us-east-1",
            .access_key = S3Server::access_key,
            .secret_key = S3Server::secret_key,
            .ca_file = {},
            .public_endpoint = {}};
}

/// For tests that link posed_storage. Throws when the server does not answer.
[[nodiscard]] inline std::unique_ptr<storage::ObjectStore> open_bucket(const std::string& url) {
    return storage::open_s3_store(bucket_options(url), system_clock(), system_random()).value();
}

}  // namespace posed::tests
