#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "storage/object_store.h"

/// The XML that S3 speaks. Private to this folder. Text that is no such document is input_output.
namespace posed::storage {

struct S3Failure {
    std::string code;  ///< "NoSuchKey"
    std::string message;
};

/// Nothing when the body is no document of a failure.
[[nodiscard]] std::optional<S3Failure> failure_in(const std::string& body);

struct S3Listing {
    std::vector<ObjectInfo> objects;
    std::string next;  ///< where the next page begins; empty at the end
};

[[nodiscard]] Result<S3Listing> listing_in(const std::string& body);

/// Of a multipart upload that was begun.
[[nodiscard]] Result<std::string> upload_id_in(const std::string& body);

/// The multipart uploads of that key that are listed.
[[nodiscard]] Result<std::vector<std::string>> upload_ids_of(const std::string& key, const std::string& body);

/// What completes a multipart upload: the entity tags of all its parts.
[[nodiscard]] std::string completion_of(std::span<const std::string> tags);

}  // namespace posed::storage
