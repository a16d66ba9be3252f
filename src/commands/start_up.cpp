#include "commands/start_up.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/random.h"
#include "commands/service_parts.h"
#include "database/backup.h"
#include "tasks/recovery.h"

namespace posed::commands {
namespace {

/// Beginning with the time, so that their order is that of their age.
std::string backup_name(std::size_t schema) {
    const auto now = std::chrono::duration_cast<std::chrono::seconds>(system_clock().now());
    const std::chrono::sys_seconds time{now};
    return fmt::format("{:%Y%m%dT%H%M%SZ}-schema-{}.db", fmt::gmtime(time), schema);
}

void remove_old_backups(const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> backups;
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(folder, ignored))
        backups.push_back(entry.path());
    std::ranges::sort(backups, std::greater());
    for (std::size_t i = backups_kept; i < backups.size(); ++i)
        std::filesystem::remove(backups[i], ignored);
}

Result<> back_up(const ServiceConfig& config, std::size_t schema, Log& log) {
    const auto folder = config.data_directory / "backups";
    if (::mkdir(folder.c_str(), S_IRWXU) != 0 && errno != EEXIST)
        return system_error(errno, folder.string());
    const auto target = folder / backup_name(schema);
    TRY(database::back_up_sqlite(database_file(config), target));
    remove_old_backups(folder);
    log.info("backed the database up before it is migrated", {{"file", target.string()}});
    return {};
}

/// A database without any schema is new, and holds nothing.
Result<> back_up_if_needed(const ServiceConfig& config, database::Database& database, Log& log,
                           std::span<const database::Migration> migrations) {
    const auto states = database::migration_status(database, migrations);
    const auto applied = static_cast<std::size_t>(
        std::ranges::count_if(states, [](const auto& state) { return state.applied_at.has_value(); }));
    return applied == 0 || applied >= states.size() ? Result<>() : back_up(config, applied, log);
}

}  // namespace

Result<> bring_up_to_date(const ServiceConfig& config, Log& log,
                          std::span<const database::Migration> migrations) {
    const auto database = TRY(open_database(config, {.sessions_max = 1}));
    // Others may be using a database server: it is for them to migrate, and their tasks are under way.
    if (config.database_url)
        return with_database([&] { return database::check_schema(*database); });
    return with_database([&]() -> Result<> {
        TRY(back_up_if_needed(config, *database, log, migrations));
        const auto applied = TRY(database::migrate_up(*database, migrations));
        if (applied > 0)
            log.info("migrated the database", {{"migrations", applied}});
        const auto ended = tasks::end_everything_unfinished(*database, system_random());
        if (ended > 0)
            log.warning("ended runs that a killed service has left", {{"runs", ended}});
        return {};
    });
}

}  // namespace posed::commands
