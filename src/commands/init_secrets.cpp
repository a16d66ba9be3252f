#include <filesystem>
#include <iostream>
#include <memory>

#include <CLI/CLI.hpp>

#include "base/random.h"
#include "commands/command.h"
#include "commands/service_secrets.h"

namespace posed::commands {
namespace {

struct InitSecretsArguments {
    std::filesystem::path folder = "secrets";
    SecretsOptions options;
};

Result<> init_secrets(const InitSecretsArguments& arguments) {
    const auto files = TRY(make_secrets(arguments.options, system_random()));
    TRY(write_secrets(arguments.folder, files));
    for (const auto& file : files)
        std::cout << (arguments.folder / file.path).string() << '\n';
    return {};
}

}  // namespace

void add_init_secrets(CLI::App& program, Action& action) {
    auto arguments = std::make_shared<InitSecretsArguments>();
    auto* command = program.add_subcommand(
        "init-secrets", "Write random secrets for processes that run apart: a folder for each");
    command->group("The service");
    command->add_option("folder", arguments->folder, "A new or empty one")->capture_default_str();
    auto& options = arguments->options;
    command->add_option("--postgres", options.postgres, "Where processes reach it, HOST:PORT")
        ->capture_default_str();
    command->add_option("--redis", options.redis, "Where processes reach it, HOST:PORT")
        ->capture_default_str();
    command->add_option("--bucket", options.bucket, "For the policies of its users")->capture_default_str();
    command->callback(
        [arguments, &action] { action.run = [arguments] { return init_secrets(*arguments); }; });
}

}  // namespace posed::commands
