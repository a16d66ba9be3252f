#pragma once

#include <filesystem>

#include "base/result.h"

namespace posed::database {

/// Copies a SQLite database as it is at this moment, while others go on reading and writing it. The copy
/// appears in one step, complete and synced; a file that stands there is replaced. Errors: not_found for the
/// database, those of `open_sqlite`, input_output. Throws Unavailable when the database cannot be read, or
/// there is no room for the copy.
[[nodiscard]] Result<> back_up_sqlite(const std::filesystem::path& file, const std::filesystem::path& target);

}  // namespace posed::database
