#include "base/config.h"

#include <iostream>
#include <memory>

#include <CLI/CLI.hpp>

#include "commands/command.h"
#include "commands/service_parts.h"

namespace posed::commands {
namespace {

/// Shows the settings even if some are wrong, and then says what is wrong with them.
Result<> show_settings(const Variables& flags) {
    const auto sources = TRY(config_sources_of_this_process(flags));
    std::cout << settings_text(TRY(effective_settings(sources))) << std::flush;
    TRY(read_service_config(sources));
    return {};
}

}  // namespace

void add_config(CLI::App& program, Action& action) {
    auto flags = std::make_shared<Variables>();
    auto example = std::make_shared<bool>(false);
    auto* command =
        program.add_subcommand("config", "Show the settings of the service as they hold, and why");
    command->group("The service");
    command->add_flag("--example", *example, "Print a .env file with every setting and its default instead");
    add_address_options(*command, *flags);
    add_data_directory_option(*command, *flags);
    command->callback([flags, example, &action] {
        action = {.run = [flags, example]() -> Result<> {
                      if (!*example)
                          return show_settings(*flags);
                      std::cout << example_env_file();
                      return {};
                  },
                  .exit_code = &service_exit_code_of};
    });
}

}  // namespace posed::commands
