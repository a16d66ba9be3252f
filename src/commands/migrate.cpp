#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/chrono.h>
#include <fmt/format.h>

#include "base/config.h"
#include "commands/command.h"
#include "commands/service_parts.h"
#include "database/database.h"
#include "database/migrations.h"
#include "database/rights.h"

namespace posed::commands {
namespace {

struct MigrateArguments {
    Variables flags;
    std::string what = "status";
    bool discard = false;
    std::optional<std::string> server_role;
    std::optional<std::string> janitor_role;
    std::vector<std::string> worker_roles;
};

std::string when(const database::MigrationState& state) {
    if (!state.applied_at)
        return "missing";
    const auto seconds = std::chrono::floor<std::chrono::seconds>(*state.applied_at);
    return fmt::format("applied {:%Y-%m-%d %H:%M:%S} UTC{}", fmt::gmtime(std::chrono::sys_seconds(seconds)),
                       state.known ? "" : ", by a newer program");
}

Result<> say_status(database::Database& database) {
    for (const auto& state : database::migration_status(database))
        std::cout << fmt::format("{:4} {}  {}\n", state.number, state.name, when(state));
    return {};
}

Result<> go_up(database::Database& database) {
    const auto count = TRY(database::migrate_up(database));
    std::cout << (count == 0 ? "nothing to do\n" : fmt::format("applied {}\n", count));
    return {};
}

Result<> grant(database::Database& database, const MigrateArguments& arguments, const ServiceConfig& config) {
    if (!config.database_url)
        return fail(Code::invalid_argument, "a SQLite database has no roles", "set POSED_DATABASE_URL");
    if (!arguments.server_role && !arguments.janitor_role && arguments.worker_roles.empty())
        return fail(Code::invalid_argument, "no role is named",
                    "add --server-role, --janitor-role or --worker-role");
    using enum database::User;
    if (arguments.server_role && arguments.janitor_role)
        TRY(database::grant_rights(database, {server}, *arguments.server_role));
    else if (arguments.server_role)
        TRY(database::grant_rights(database, {server, janitor}, *arguments.server_role));
    if (arguments.janitor_role)
        TRY(database::grant_rights(database, {janitor}, *arguments.janitor_role));
    for (const auto& role : arguments.worker_roles)
        TRY(database::grant_rights(database, {worker}, role));
    return {};
}

Result<> migrate(const MigrateArguments& arguments) {
    const auto config = TRY(read_service_config(TRY(config_sources_of_this_process(arguments.flags))));
    if (arguments.what == "up")
        TRY(make_data_directory(config));
    const auto database = TRY(open_database(config, {.sessions_max = 1}));
    return with_database([&] {
        if (arguments.what == "up")
            return go_up(*database);
        if (arguments.what == "grant")
            return grant(*database, arguments, config);
        if (arguments.what == "down")
            return database::migrate_down(
                *database, arguments.discard ? database::DataLoss::accept : database::DataLoss::refuse);
        return say_status(*database);
    });
}

}  // namespace

void add_migrate(CLI::App& program, Action& action) {
    auto arguments = std::make_shared<MigrateArguments>();
    auto* command = program.add_subcommand("migrate", "Change the schema of the database, or show it");
    command->group("The service");
    command
        ->add_option("what", arguments->what,
                     "up: apply all that is missing; down: take the newest back; status: list them; "
                     "grant: let roles of PostgreSQL do what servers and workers do")
        ->check(CLI::IsMember({"up", "down", "status", "grant"}))
        ->capture_default_str();
    command->add_flag("--discard", arguments->discard, "Let `down` delete data");
    command->add_option("--server-role", arguments->server_role,
                        "Of servers, for `grant`; without --janitor-role they clear away, too");
    command->add_option("--janitor-role", arguments->janitor_role, "Of `posed janitor`, for `grant`");
    command->add_option("--worker-role", arguments->worker_roles, "Of workers, for `grant`; may be repeated");
    add_data_directory_option(*command, arguments->flags);
    command->callback([arguments, &action] {
        action = {.run = [arguments] { return migrate(*arguments); }, .exit_code = &service_exit_code_of};
    });
}

}  // namespace posed::commands
