#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <CLI/App.hpp>
#include <sys/types.h>

#include "base/config.h"
#include "base/log.h"
#include "base/result.h"
#include "database/database.h"
#include "domain/video.h"
#include "media/sandbox/sandbox.h"
#include "pipeline/stores.h"
#include "storage/object_store.h"
#include "tasks/announcer.h"
#include "tasks/redis_connection.h"

/// What the processes of the service have in common when they are put together: their options, and what they
/// open of the database and the data folder.
namespace posed::commands {

/// Adds --host and --port; what is given goes to `flags`, which lives as long as the command line.
void add_address_options(CLI::App& command, Variables& flags);

/// Adds --data-dir in the same way.
void add_data_directory_option(CLI::App& command, Variables& flags);

/// Adds the option by which `posed run` tells that it is the parent. Not in the help: it is not for people.
void add_supervisor_option(CLI::App& command, std::optional<pid_t>& supervisor);

[[nodiscard]] std::filesystem::path database_file(const ServiceConfig& config);
[[nodiscard]] MediaLimits media_limits(const ServiceConfig& config);

/// What a step returns that needs the database; unavailable when that does not answer.
[[nodiscard]] Result<> with_database(const std::function<Result<>()>& step);

/// Makes the data folder if it is not there, for its owner alone. Errors: permission_denied, storage_full,
/// input_output.
[[nodiscard]] Result<> make_data_directory(const ServiceConfig& config);

/// The PostgreSQL database of the settings, or else the SQLite database of the data folder. Errors: those of
/// `open_postgres` and `open_sqlite`.
[[nodiscard]] Result<std::unique_ptr<database::Database>> open_database(
    const ServiceConfig& config, const database::DatabaseOptions& options);

/// Where videos and results are kept, for people: a bucket's address or a folder.
[[nodiscard]] std::string objects_place(const ServiceConfig& config);

/// Records and objects, open.
struct OpenStores {
    std::unique_ptr<database::Database> database;
    std::unique_ptr<storage::ObjectStore> objects;

    [[nodiscard]] pipeline::Stores stores() const;
};

/// Errors: those of opening them; conflict for a schema that this program does not run on.
[[nodiscard]] Result<OpenStores> open_stores(const ServiceConfig& config, int sessions_max);

/// The Redis that POSED_REDIS_URL names, if it does. Errors: invalid_argument.
[[nodiscard]] Result<std::optional<tasks::RedisAddress>> redis_address(const ServiceConfig& config);

/// Announces by that Redis, else by the database.
[[nodiscard]] std::unique_ptr<tasks::Announcer> open_announcer(
    const std::optional<tasks::RedisAddress>& redis, database::Database& database, Log& log);

/// Opens strangers' files in processes of posed-decoder. Errors: not_found for that program,
/// permission_denied when this machine does not allow to shut it in.
[[nodiscard]] Result<std::unique_ptr<media::sandbox::Sandbox>> open_sandbox(const ServiceConfig& config);

}  // namespace posed::commands
