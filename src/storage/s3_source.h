#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/byte_source.h"
#include "storage/s3_client.h"

namespace posed::storage {

/// Reads an object by ranges. Large reads are passed on as they are, and nothing of them is kept: a download
/// costs no memory here. Small ones, a decoder's, are served from a few blocks that grow while it reads on,
/// so that an index at the end or two interleaved tracks cost few requests: `S3ReadAhead` bounds them.
/// `client` must outlive it. Private to this folder.
[[nodiscard]] std::unique_ptr<ByteSource> read_s3_object(S3Client& client, std::string key, std::string tag,
                                                         std::uint64_t size);

struct S3ReadAhead {
    static constexpr std::size_t small_read = 256 << 10;  ///< and the first block of any place
    static constexpr std::size_t block_max = 4 << 20;
    static constexpr std::size_t blocks = 4;
};

}  // namespace posed::storage
