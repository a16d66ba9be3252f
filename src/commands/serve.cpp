#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "api/application.h"
#include "api/documentation.h"
#include "api/server.h"
#include "api/service.h"
#include "api/web_app.h"
#include "base/clock.h"
#include "base/config.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/random.h"
#include "commands/command.h"
#include "commands/interruption.h"
#include "commands/janitor.h"
#include "commands/openapi.h"
#include "commands/repetition.h"
#include "commands/service_parts.h"
#include "commands/supervised.h"
#include "database/database.h"
#include "tasks/announcer.h"
#include "tasks/outbox.h"
#include "tasks/reaper.h"
#include "tasks/redis_announcer.h"

namespace posed::commands {
namespace {

using namespace std::chrono_literals;

/// Of the handlers' pool. Reaper and janitor each use one more session of the database.
constexpr int pool_threads = 16;
constexpr int sessions_max = pool_threads + 2;
constexpr auto stop_grace = 8s;  ///< the process is gone within ten

struct ServeArguments {
    Variables flags;
    bool without_janitor = false;
    std::optional<pid_t> supervisor;
};

/// Wakes event streams when anybody has committed, or when Redis has told that somebody has.
class StreamWaker {
  public:
    StreamWaker(database::Database& database, api::Server& server) : database_(database), server_(server) {}

    void note_news() { news_ = true; }

    void look() {
        // A counter that throws is of no use any more, so it is taken out while it is asked.
        auto counter = counter_ ? std::move(*counter_) : database_.change_counter();
        counter_.reset();
        const auto version = counter.data_version();
        counter_.emplace(std::move(counter));
        const bool committed = std::exchange(seen_, version) != version;
        if (news_.exchange(false) || committed)
            server_.wake_streams();
    }

  private:
    database::Database& database_;
    api::Server& server_;
    std::optional<database::ChangeCounter> counter_;
    std::int64_t seen_ = 0;
    std::atomic<bool> news_ = false;
};

api::ApplicationOptions application_options(const ServiceConfig& config) {
    return {.protection = {.allowed_hosts = config.allowed_hosts,
                           .allowed_origins = config.cors_origins,
                           .token = config.api_token.value_or("")},
            .is_outage = [](const std::exception& exception) {
                return dynamic_cast<const database::Unavailable*>(&exception) != nullptr;
            }};
}

/// From where clients get what is not sent by us; empty when there is no such place.
std::string origin_of_files(storage::ObjectStore& objects) {
    constexpr std::string_view after_scheme = "://";
    const auto url = objects.client_url("videos/a", {}).value_or("");
    return url.substr(0, url.find('/', url.find(after_scheme) + after_scheme.size()));
}

Result<std::vector<api::Route>> routes_of(api::Service& service, const Surroundings& surroundings) {
    auto routes = api::service_routes(service);
    const auto web = surroundings.program.parent_path().parent_path() / "share/posed/web";
    for (auto& route : TRY(api::documentation_routes(web, openapi_text(routes))))
        routes.push_back(std::move(route));
    for (auto& route : TRY(api::web_app_routes(web / "app", origin_of_files(service.stores.objects))))
        routes.push_back(std::move(route));
    return routes;
}

std::string listed(const std::vector<std::string>& names) {
    std::string text;
    for (const auto& name : names)
        text.append(text.empty() ? "" : ", ").append(name);
    return text;
}

/// What a server does besides answering, until it is to stop. `redis`: whom to hear of changes from, if it is
/// there; then looking for them is only for when it is away.
void keep_house(const pipeline::Stores& stores, const ServiceConfig& config,
                const std::optional<tasks::RedisAddress>& redis, bool clears_away, api::Server& server,
                const Interruption& interruption, Log& log) {
    StreamWaker waker(stores.database, server);
    const tasks::LeaseTimes lease{.duration = config.task_lease};
    tasks::Reaper reaper(stores.database, stores.clock, stores.random, log, lease);
    Repetition waking(
        "event streams", redis ? 1000ms : 50ms, [&] { waker.look(); }, log);
    std::optional<tasks::RedisListener> listener;
    if (redis)
        listener.emplace(
            *redis, [&] { waker.note_news(), waking.hurry(); }, stores.random, log);
    const Repetition reaping(
        "reaper", std::chrono::duration_cast<std::chrono::milliseconds>(lease.reaping_interval()),
        [&] { reaper.tick(); }, log);
    std::optional<Repetition> clearing;
    if (clears_away)
        clearing.emplace(
            "janitor", config.janitor_period, [&] { clear_away(stores, config, log); }, log);
    interruption.wait();
    log.info("stopping");
    server.stop();
}

Result<> serve(const ServeArguments& arguments) {
    const auto ties = TRY(tie_to_supervisor(arguments.supervisor));
    const auto sources = TRY(config_sources_of_this_process(arguments.flags));
    const auto config = TRY(read_service_config(sources));
    const Interruption interruption(ties.lifeline);
    const auto log = log_to_standard_error(config.log_level, config.log_format);
    api::raise_open_file_limit();

    const auto redis = TRY(redis_address(config));
    const auto open = TRY(open_stores(config, sessions_max));
    const auto announcer = open_announcer(redis, *open.database, *log);
    const auto sandbox = TRY(open_sandbox(config));
    Metrics metrics;
    api::Service service{.stores = open.stores(),
                         .opener = *sandbox,
                         .config = config,
                         .limits = media_limits(config),
                         .version = POSED_VERSION,
                         .sandbox_layers = sandbox->layers(),
                         .metrics = metrics,
                         .log = *log};
    std::optional<Repetition> announcing;
    if (redis) {
        announcing.emplace(
            "announcing", 1s, [&] { tasks::announce_due(*open.database, *announcer); }, *log);
        service.tasks_changed = [&] { announcing->hurry(), announcer->changed(); };
        service.check_broker = [&] { return tasks::check_redis(*redis); };
    }
    std::array<std::byte, sizeof(std::uint64_t)> seed;
    system_random().fill(seed);
    SeededRandom request_ids(std::bit_cast<std::uint64_t>(seed));  // they have to differ, and may be guessed
    api::Application application(TRY(routes_of(service, sources.surroundings)), application_options(config),
                                 *log, metrics, system_clock(), request_ids);
    const auto server = TRY(api::open_server(
        {.host = config.host, .port = config.port, .pool_threads = pool_threads, .stop_grace = stop_grace},
        application, *log));
    log->info("listening", {{"host", config.host},
                            {"port", server->port()},
                            {"data", config.data_directory.string()},
                            {"database", config.database_url ? "postgresql" : "sqlite"},
                            {"objects", objects_place(config)},
                            {"sandbox", listed(sandbox->layers())}});
    report_ready(ties, std::to_string(server->port()));
    keep_house(service.stores, config, redis, !arguments.without_janitor, *server, interruption, *log);
    return {};
}

}  // namespace

void add_serve(CLI::App& program, Action& action) {
    auto arguments = std::make_shared<ServeArguments>();
    auto* command = program.add_subcommand("serve", "Answer requests only; tasks are for `posed work`");
    command->group("The service");
    add_address_options(*command, arguments->flags);
    add_data_directory_option(*command, arguments->flags);
    command->add_flag("--without-janitor", arguments->without_janitor,
                      "Leave clearing away to `posed janitor`");
    add_supervisor_option(*command, arguments->supervisor);
    command->callback([arguments, &action] {
        action = {.run = [arguments] { return serve(*arguments); }, .exit_code = &service_exit_code_of};
    });
}

}  // namespace posed::commands
