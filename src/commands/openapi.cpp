#include "commands/openapi.h"

#include <filesystem>
#include <iostream>
#include <memory>

#include <CLI/CLI.hpp>

#include "api/openapi.h"
#include "api/service.h"
#include "base/clock.h"
#include "base/config.h"
#include "base/identifiers.h"
#include "base/json_text.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/random.h"
#include "commands/command.h"
#include "commands/scratch_folder.h"
#include "commands/service_parts.h"
#include "database/database.h"
#include "media/opener.h"
#include "storage/filesystem_store.h"

namespace posed::commands {
namespace {

/// Routes refer to a service, so they are given one: an empty one in `parent`, which nobody asks anything.
Result<> print_openapi_of_service_in(const std::filesystem::path& parent) {
    const auto config = TRY(read_service_config(TRY(config_sources_of_this_process({}))));
    const auto folder = TRY(ScratchFolder::open(parent, "service"));
    const auto database = TRY(database::open_sqlite(folder.path() / "posed.db", {}, system_clock()));
    const auto objects = TRY(storage::open_filesystem_store(
        {.folder = folder.path() / "objects", .max_bytes = {}}, system_clock()));
    Metrics metrics;
    api::Service service{.stores = {*database, *objects, system_clock(), system_random()},
                         .opener = media::in_process(),
                         .config = config,
                         .limits = media_limits(config),
                         .version = POSED_VERSION,
                         .sandbox_layers = {},
                         .metrics = metrics,
                         .log = silent_log()};
    std::cout << openapi_text(api::service_routes(service)) << std::flush;
    return {};
}

Result<> print_openapi() {
    const auto parent =
        std::filesystem::temp_directory_path() / ("posed-openapi-" + random_token(system_random()));
    auto printed = print_openapi_of_service_in(parent);
    std::error_code ignored;
    std::filesystem::remove(parent, ignored);
    return printed;
}

}  // namespace

std::string openapi_text(const std::vector<api::Route>& routes) {
    return indented_json(api::openapi_document(
        routes, {.title = "Posed",
                 .version = POSED_VERSION,
                 .description = "From a video of a person to 3D motion: upload a clip, estimate the pose in "
                                "every frame, render the video with the pose drawn in."}));
}

void add_openapi(CLI::App& program, Action& action) {
    auto* command =
        program.add_subcommand("openapi", "Print the OpenAPI document of the service as it is configured");
    command->group("The service");
    command->callback([&action] { action = {.run = print_openapi, .exit_code = &service_exit_code_of}; });
}

}  // namespace posed::commands
