#include "commands/janitor.h"

#include <memory>

#include <CLI/CLI.hpp>

#include "commands/command.h"
#include "commands/interruption.h"
#include "commands/repetition.h"
#include "commands/service_parts.h"
#include "pipeline/clear_away.h"

namespace posed::commands {
namespace {

Result<> keep_clean(const Variables& flags) {
    const auto config = TRY(read_service_config(TRY(config_sources_of_this_process(flags))));
    const Interruption interruption;
    const auto log = log_to_standard_error(config.log_level, config.log_format);
    const auto open = TRY(open_stores(config, 1));
    log->info("clearing away from now on", {{"objects", objects_place(config)}});
    const Repetition clearing(
        "janitor", config.janitor_period, [&] { clear_away(open.stores(), config, *log); }, *log);
    interruption.wait();
    log->info("has stopped");
    return {};
}

}  // namespace

void clear_away(const pipeline::Stores& stores, const ServiceConfig& config, Log& log) {
    const auto cleared = pipeline::clear_away(
        stores, {.tasks = config.task_retention, .results = config.result_retention}, log);
    if (cleared != pipeline::ClearedAway())
        log.info("cleared away",
                 {{"objects", cleared.objects}, {"tasks", cleared.tasks}, {"resources", cleared.resources}});
}

void add_janitor(CLI::App& program, Action& action) {
    auto flags = std::make_shared<Variables>();
    auto* command = program.add_subcommand(
        "janitor", "Clear away only; the server beside it runs as `posed serve --without-janitor`");
    command->group("The service");
    add_data_directory_option(*command, *flags);
    command->callback([flags, &action] {
        action = {.run = [flags] { return keep_clean(*flags); }, .exit_code = &service_exit_code_of};
    });
}

}  // namespace posed::commands
