#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "storage/s3_store.h"
#include "tests/support/s3_server.h"

namespace posed::storage {

/// Of a store in a new bucket of the tests' server, reached by that address of it.
[[nodiscard]] S3StoreOptions sample_s3_options(const std::string& endpoint = tests::S3Server::shared().url());

[[nodiscard]] Result<> put_text(ObjectStore& store, std::string_view key, std::string_view text);
[[nodiscard]] Result<std::string> text_of(ObjectStore& store, std::string_view key);

/// Text that differs from place to place.
[[nodiscard]] std::string sample_text(std::size_t size, unsigned seed = 1);

}  // namespace posed::storage
