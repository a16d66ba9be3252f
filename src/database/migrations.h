#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "database/database.h"

/// The schema as numbered steps, up and down, embedded into the program. A step only adds; what it makes
/// needless goes one release later. So a program runs on the schema it was built with and on the next one,
/// and the schema can be moved first, the programs after it.
namespace posed::database {

struct Migration {
    int number = 0;  ///< from 1, without gaps
    std::string_view name;
    std::string_view up;
    std::string_view down;
};

/// Those of src/database/migrations, in order.
[[nodiscard]] std::span<const Migration> embedded_migrations() noexcept;

/// A migration that this program or this database knows.
struct MigrationState {
    int number = 0;
    std::string name;
    std::optional<std::chrono::microseconds> applied_at;  ///< nothing: not yet
    bool known = true;                                    ///< false: of a newer program
};

/// In order. Throws Unavailable.
[[nodiscard]] std::vector<MigrationState> migration_status(
    Database& database, std::span<const Migration> migrations = embedded_migrations());

/// Whether this program runs on this schema: for servers and workers, which never migrate, and for health.
/// Errors: conflict, with what to do. Throws Unavailable.
[[nodiscard]] Result<> check_schema(Database& database,
                                    std::span<const Migration> migrations = embedded_migrations());

/// Applies what is missing, all of it or nothing, and gives back how many that were. Whoever migrates at the
/// same time waits, and then finds nothing left to do. Errors: conflict when the database knows more than the
/// next migration, or an applied one has changed since. Throws Unavailable.
[[nodiscard]] Result<int> migrate_up(Database& database,
                                     std::span<const Migration> migrations = embedded_migrations());

enum class DataLoss : std::uint8_t { refuse, accept };

/// Takes the newest migration back. Errors: not_found when none is applied; conflict when this program does
/// not know it, or when a table or column that would go holds data and `loss` is to be refused. Throws
/// Unavailable.
[[nodiscard]] Result<> migrate_down(Database& database, DataLoss loss,
                                    std::span<const Migration> migrations = embedded_migrations());

}  // namespace posed::database
