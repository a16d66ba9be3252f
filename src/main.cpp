#include <cctype>
#include <exception>
#include <iostream>

#include <CLI/CLI.hpp>

#include "commands/command.h"

namespace {

using namespace posed;

constexpr const char* about =
    "Posed turns a video of a person into 3D motion: a pose for every frame, and the video with the pose "
    "drawn in.";

constexpr const char* footer =
    "\nThe service, with a web page for its documentation at http://127.0.0.1:8000/docs:\n"
    "  posed run\n"
    "\nOne clip, without the service:\n"
    "  posed estimate clip.mp4 -o clip.safetensors\n"
    "  posed render clip.mp4 clip.safetensors -o clip.posed.mp4\n"
    "\nExit codes: 0 done; 1 this machine failed (disk full, a missing model); 2 the input or an option is "
    "at fault;\n"
    "78 the service cannot run as it is configured; 130 interrupted. Paths of results go to standard "
    "output,\n"
    "everything else to standard error.";

/// One line: what went wrong, and what to do about it as a sentence of its own.
void say(const Error& error) {
    std::cerr << "posed: error: " << error.message;
    if (!error.suggestion.empty())
        std::cerr << ". " << static_cast<char>(std::toupper(static_cast<unsigned char>(error.suggestion[0])))
                  << error.suggestion.substr(1) << '.';
    std::cerr << '\n';
}

int run(int argc, char** argv) {
    CLI::App program(about, "posed");
    program.footer(footer);
    program.require_subcommand(0, 1);  // with 1, a misspelt one is not named
    program.set_version_flag("--version", POSED_VERSION);
    commands::Action action;
    commands::add_run(program, action);
    commands::add_serve(program, action);
    commands::add_work(program, action);
    commands::add_janitor(program, action);
    commands::add_migrate(program, action);
    commands::add_init_secrets(program, action);
    commands::add_config(program, action);
    commands::add_openapi(program, action);
    commands::add_estimate(program, action);
    commands::add_render(program, action);
    commands::add_probe(program, action);
    commands::add_inspect(program, action);
    commands::add_export(program, action);
    commands::add_weights(program, action);
    commands::add_submit(program, action);
    try {
        program.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return program.exit(error) == 0 ? commands::exit_success : commands::exit_input;
    }
    if (!action.run) {
        std::cerr << program.help();
        return commands::exit_input;
    }
    const auto done = action.run();
    if (done.has_error()) {
        say(done.error());
        return action.exit_code(done.error().code);
    }
    return commands::exit_success;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return run(argc, argv);
    } catch (const std::exception& error) {
        std::cerr << "posed: internal error: " << error.what() << '\n';
        return commands::exit_failure;
    }
}
