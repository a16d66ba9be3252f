#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>

#include "base/clock.h"
#include "storage/object_store.h"

namespace posed::storage {

struct FilesystemStoreOptions {
    std::filesystem::path folder;            ///< made if it is not there, for its owner alone
    std::optional<std::uint64_t> max_bytes;  ///< what all objects may take together
};

/// Objects as files of a local disk. They are written in place under their own names: no temporary name, copy
/// or rename. `finish` syncs the file, then its folder.
///
/// The limit is exact for the writers of one store. Of other processes it learns by measuring the folder, at
/// most every `measured_for`; what they write meanwhile can exceed it by that much.
///
/// `clock` must outlive the store. Errors: not_found, permission_denied, storage_full and input_output for
/// the folder.
[[nodiscard]] Result<std::unique_ptr<ObjectStore>> open_filesystem_store(FilesystemStoreOptions options,
                                                                         const Clock& clock);

inline constexpr std::chrono::seconds measured_for{10};

}  // namespace posed::storage
