#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <vector>

#include "base/result.h"

/// Files that nobody sees until they are whole. One thread at a time.
namespace posed::results {

/// A file without a name, in the folder where it may get one: gone when closed, also when the process is
/// killed. Where the file system has no such files, one with a hidden name that the destructor removes.
class TemporaryFile {
  public:
    virtual ~TemporaryFile() = default;

    /// Writes at the end. Errors: storage_full, input_output.
    [[nodiscard]] virtual Result<> append(std::span<const std::byte> bytes) = 0;

    /// Reads up to `buffer.size()` bytes from `offset` on. Error: input_output.
    [[nodiscard]] virtual Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> buffer) = 0;

    /// Syncs the bytes, then makes the file `target` in one step (a file that stands there is replaced), then
    /// syncs the folder.
    [[nodiscard]] virtual Result<> publish(const std::filesystem::path& target) = 0;
};

/// The folder in which a file of this path lies.
[[nodiscard]] std::filesystem::path folder_of(const std::filesystem::path& path);

/// A temporary file on the file system of `target`. Its errors name the target. Errors: not_found,
/// permission_denied, storage_full, input_output.
[[nodiscard]] Result<std::unique_ptr<TemporaryFile>> open_temporary(const std::filesystem::path& target);

/// The way for file systems without nameless files. A spool, which is never published, can lose its name at
/// once, so that it does not outlive the process.
enum class HiddenName { keep, remove };
[[nodiscard]] Result<std::unique_ptr<TemporaryFile>> open_hidden(const std::filesystem::path& target,
                                                                 HiddenName name);

/// Bytes kept until they are wanted in one piece: a temporary file behind a buffer.
class Spool {
  public:
    [[nodiscard]] static Result<Spool> open(const std::filesystem::path& target);

    [[nodiscard]] Result<> append(std::span<const std::byte> bytes);

    /// Everything appended so far, to the end of `file`. The last call.
    [[nodiscard]] Result<> move_to(TemporaryFile& file) &&;

  private:
    explicit Spool(std::unique_ptr<TemporaryFile> file);

    std::unique_ptr<TemporaryFile> file_;
    std::vector<std::byte> buffer_;
};

}  // namespace posed::results
