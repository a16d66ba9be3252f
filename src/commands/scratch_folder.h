#pragma once

#include <filesystem>
#include <string>
#include <utility>

#include "base/descriptor.h"
#include "base/result.h"

namespace posed::commands {

/// A folder for the files of one process while it works on them, deleted with this object. It is locked, so
/// that those of processes that were killed are told from those in use: opening one deletes them.
class ScratchFolder {
  public:
    /// Makes `parent`/`name`, for its owner alone. Errors: not_found, permission_denied, storage_full,
    /// conflict when it is there, input_output.
    [[nodiscard]] static Result<ScratchFolder> open(const std::filesystem::path& parent,
                                                    const std::string& name);

    ScratchFolder(ScratchFolder&& other) noexcept = default;
    ScratchFolder& operator=(ScratchFolder&&) = delete;
    ~ScratchFolder();

    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

  private:
    ScratchFolder(std::filesystem::path path, Descriptor lock) noexcept
        : path_(std::move(path)), lock_(std::move(lock)) {}

    std::filesystem::path path_;
    Descriptor lock_;  ///< none after a move
};

}  // namespace posed::commands
