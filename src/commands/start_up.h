#pragma once

#include <span>

#include "base/config.h"
#include "base/log.h"
#include "base/result.h"
#include "database/migrations.h"

namespace posed::commands {

/// How many copies of the database are kept, the newest.
inline constexpr int backups_kept = 3;

/// Makes the data folder fit to start on: backs the database up (into `backups`) when it is to be migrated,
/// migrates it, and ends what a service that was killed has left unfinished. For the process that holds the
/// folder's lock. Errors: conflict for a database of a newer program; unavailable; those of files.
[[nodiscard]] Result<> bring_up_to_date(
    const ServiceConfig& config, Log& log,
    std::span<const database::Migration> migrations = database::embedded_migrations());

}  // namespace posed::commands
