#pragma once

#include <memory>
#include <string>

#include "storage/object_store.h"
#include "storage/s3_client.h"

namespace posed::storage {

/// What is held of an object while it is written, and sent as one part of a multipart upload. An object that
/// is smaller is sent by one request. S3 takes at most 10,000 parts: the later ones of an object larger than
/// 39 GiB are larger.
struct S3Parts {
    static constexpr std::size_t bytes = 8 << 20;
    static constexpr std::size_t small_ones = 5000;
    static constexpr std::size_t late_bytes = 256 << 20;
};

/// Begins an object; nothing is sent yet. `client` must outlive it. Private to this folder.
[[nodiscard]] std::unique_ptr<ObjectWriter> write_s3_object(S3Client& client, std::string key);

}  // namespace posed::storage
