#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>

#include "base/result.h"

namespace posed {

/// Bytes that can be read at any place: a local file, an object in a store, the parent of a sandboxed child.
/// Reads are positioned, so one source may be read from several threads at once.
class ByteSource {
  public:
    virtual ~ByteSource() = default;

    /// The size in bytes; fixed for the life of the source.
    [[nodiscard]] virtual std::uint64_t size() const noexcept = 0;

    /// Fills `buffer` from `offset` on. Returns how many bytes were read: less than asked only at the end.
    [[nodiscard]] virtual Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> buffer) = 0;
};

/// Opens a regular file for reading. Errors: not_found, permission_denied, invalid_argument for a folder or
/// device.
[[nodiscard]] Result<std::unique_ptr<ByteSource>> open_file(const std::filesystem::path& path);

/// A view of bytes that the caller keeps alive.
[[nodiscard]] std::unique_ptr<ByteSource> view_bytes(std::span<const std::byte> bytes);

/// Reads exactly `buffer.size()` bytes; a source that ends before is `corrupt`.
[[nodiscard]] Result<> read_exactly(ByteSource& source, std::uint64_t offset, std::span<std::byte> buffer,
                                    Code corrupt);

}  // namespace posed
