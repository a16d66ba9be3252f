#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "api/http.h"
#include "api/response.h"
#include "base/byte_source.h"
#include "base/result.h"

namespace posed::api {

/// A text in memory that browsers get as a file.
struct Asset {
    std::shared_ptr<ByteSource> bytes;
    std::string media_type;
    std::string etag;  ///< of the text
    std::string cache_control = "no-cache";
    std::string policy;  ///< the Content-Security-Policy
};

/// The asset of that text, with its digest as the validator.
[[nodiscard]] Asset asset_of(std::string text, std::string media_type, std::string policy);

/// The answer to a GET or HEAD of it.
[[nodiscard]] Response send(const Request& request, const Asset& asset);

/// The whole file. Errors: those of reading it, with its name.
[[nodiscard]] Result<std::string> text_of(const std::filesystem::path& path);

}  // namespace posed::api
