#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "database/database.h"

namespace posed::database {

/// Who of the service has a role of its own on a PostgreSQL server. The server also is reaper and janitor.
enum class User : std::uint8_t { server, worker };

/// Lets the role do what the statements of that user need, and nothing else that it could do with our tables
/// before. For the owner of the tables, on PostgreSQL; again after each migration. Errors: invalid_argument
/// for a name that cannot be one, not_found when there is no such role. Throws Unavailable.
[[nodiscard]] Result<> grant_rights(Database& database, User user, const std::string& role);

}  // namespace posed::database
