#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>
#include <utility>

#include "base/descriptor.h"
#include "base/result.h"

/// The folder with everything of a service that runs on one machine. One service at a time; its processes
/// share it, so the lock belongs to the one that starts the others.
namespace posed::database {

/// Holds a folder until the end of this object or of the process; programs that it starts do not inherit it.
class DirectoryLock {
    friend Result<DirectoryLock> lock_data_directory(const std::filesystem::path& directory);
    explicit DirectoryLock(Descriptor file) noexcept : file_(std::move(file)) {}
    Descriptor file_;
};

/// Errors: conflict with the process that holds it; invalid_argument on a network file system; not_found,
/// permission_denied, storage_full, input_output.
[[nodiscard]] Result<DirectoryLock> lock_data_directory(const std::filesystem::path& directory);

/// SQLite's log lives in memory that the processes share, and its locks must hold: no network file system
/// does both. Errors: invalid_argument with the file system's name; not_found, permission_denied,
/// input_output.
[[nodiscard]] Result<> check_file_system(const std::filesystem::path& directory);

/// The file system whose `f_type` this is, if others than this machine may write to it.
[[nodiscard]] std::optional<std::string_view> network_file_system(std::int64_t type) noexcept;

}  // namespace posed::database
