#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>

#include "base/result.h"
#include "database/database.h"

namespace posed::database {

/// Who of the service may have a role of its own on a PostgreSQL server. The server also is the reaper.
enum class User : std::uint8_t { server, janitor, worker };

/// Lets the role do what the statements of those users need, and nothing else that it could do with our
/// tables before. For the owner of the tables, on PostgreSQL; again after each migration. Errors:
/// invalid_argument for a name that cannot be one, not_found when there is no such role. Throws Unavailable.
[[nodiscard]] Result<> grant_rights(Database& database, std::initializer_list<User> users,
                                    const std::string& role);

}  // namespace posed::database
