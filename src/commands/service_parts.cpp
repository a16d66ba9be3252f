#include "commands/service_parts.h"

#include <cerrno>
#include <string>
#include <utility>

#include <CLI/CLI.hpp>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/random.h"
#include "database/migrations.h"
#include "storage/filesystem_store.h"
#include "storage/s3_store.h"
#include "tasks/outage.h"
#include "tasks/redis_announcer.h"

namespace posed::commands {
namespace {

void add_setting(CLI::App& command, Variables& flags, const char* option, const char* setting,
                 const char* type, const char* description) {
    command
        .add_option_function<std::string>(
            option, [&flags, setting](const std::string& value) { flags[setting] = value; }, description)
        ->type_name(type);
}

Result<std::unique_ptr<storage::ObjectStore>> open_objects(const ServiceConfig& config) {
    if (config.store_url)
        return storage::open_s3_store({.bucket_url = *config.store_url,
                                       .virtual_host = config.s3_virtual_host,
                                       .region = config.s3_region,
                                       .access_key = config.s3_access_key.value(),
                                       .secret_key = config.s3_secret_key.value(),
                                       .ca_file = config.s3_ca_file,
                                       .public_endpoint = config.s3_public_endpoint},
                                      system_clock(), system_random());
    storage::FilesystemStoreOptions options{.folder = config.data_directory / "objects", .max_bytes = {}};
    if (config.max_store_bytes)
        options.max_bytes = static_cast<std::uint64_t>(*config.max_store_bytes);
    return storage::open_filesystem_store(std::move(options), system_clock());
}

}  // namespace

void add_address_options(CLI::App& command, Variables& flags) {
    add_setting(command, flags, "--host", "POSED_HOST", "ADDRESS",
                "The address to listen on (default 127.0.0.1); others need a token");
    add_setting(command, flags, "--port", "POSED_PORT", "NUMBER",
                "The port to listen on (default 8000); 0 takes any that is free");
}

void add_data_directory_option(CLI::App& command, Variables& flags) {
    add_setting(command, flags, "--data-dir", "POSED_DATA_DIR", "FOLDER",
                "Where everything is kept (default $XDG_DATA_HOME/posed, or ~/.local/share/posed)");
}

void add_supervisor_option(CLI::App& command, std::optional<pid_t>& supervisor) {
    command.add_option("--supervisor", supervisor)->group("");
}

std::filesystem::path database_file(const ServiceConfig& config) {
    return config.data_directory / "posed.db";
}

MediaLimits media_limits(const ServiceConfig& config) {
    return {.max_pixels = config.max_pixels,
            .max_frames = config.max_frames,
            .max_duration = config.max_duration};
}

Result<> with_database(const std::function<Result<>()>& step) {
    Result<> result;
    if (!tasks::database_answers([&] { result = step(); }))
        return fail(Code::unavailable, "the database does not answer, or its disk is full", "try again");
    return result;
}

Result<> make_data_directory(const ServiceConfig& config) {
    const auto& folder = config.data_directory;
    std::error_code error;
    if (std::filesystem::is_directory(folder, error))
        return {};
    if (folder.has_parent_path())
        std::filesystem::create_directories(folder.parent_path(), error);
    if (::mkdir(folder.c_str(), S_IRWXU) != 0 && errno != EEXIST)
        return system_error(errno, "the data folder " + folder.string());
    return {};
}

Result<std::unique_ptr<database::Database>> open_database(const ServiceConfig& config,
                                                          const database::DatabaseOptions& options) {
    const auto where = config.database_url ? "POSED_DATABASE_URL" : database_file(config).string();
    auto database = config.database_url
                        ? database::open_postgres(*config.database_url, options)
                        : database::open_sqlite(database_file(config), options, system_clock());
    if (database.has_error() && database.error().code == Code::unavailable)
        return fail(Code::unavailable, where + ": " + database.error().message, database.error().suggestion);
    return database;
}

std::string objects_place(const ServiceConfig& config) {
    return config.store_url.value_or((config.data_directory / "objects").string());
}

pipeline::Stores OpenStores::stores() const {
    return {.database = *database, .objects = *objects, .clock = system_clock(), .random = system_random()};
}

Result<OpenStores> open_stores(const ServiceConfig& config, int sessions_max) {
    OpenStores open;
    open.database = TRY(open_database(config, {.sessions_max = sessions_max}));
    TRY(with_database([&] { return database::check_schema(*open.database); }));
    open.objects = TRY(open_objects(config));
    return open;
}

Result<std::optional<tasks::RedisAddress>> redis_address(const ServiceConfig& config) {
    if (!config.redis_url)
        return std::nullopt;
    auto address = tasks::parse_redis_url(*config.redis_url);
    if (address.has_error())
        return fail(address.error().code, "POSED_REDIS_URL: " + address.error().message,
                    address.error().suggestion);
    address->ca_file = config.redis_ca_file;
    return *std::move(address);
}

std::unique_ptr<tasks::Announcer> open_announcer(const std::optional<tasks::RedisAddress>& redis,
                                                 database::Database& database, Log& log) {
    return redis ? tasks::announce_by_redis({.address = *redis}, system_random(), log)
                 : tasks::announce_by_database(database);
}

Result<std::unique_ptr<media::sandbox::Sandbox>> open_sandbox(const ServiceConfig& config) {
    auto sandbox = media::sandbox::Sandbox::open(config.module_directory / "posed-decoder");
    if (sandbox.has_error() && sandbox.error().code == Code::internal)
        return fail(Code::permission_denied, sandbox.error().message,
                    "files of strangers are opened only in a sandbox; run on a kernel that allows it");
    return sandbox;
}

}  // namespace posed::commands
