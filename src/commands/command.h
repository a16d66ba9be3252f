#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <CLI/App.hpp>
#include <CLI/Validators.hpp>

#include "base/result.h"

/// A subcommand of `posed`: adds its options to the command line and runs when it is chosen. Each is a
/// composition root: it opens what the story in `pipeline/` needs and hands it over.
namespace posed::commands {

/// Exit codes of the program.
inline constexpr int exit_success = 0;
inline constexpr int exit_failure = 1;         ///< the machine's fault: disk full, a missing module, a bug
inline constexpr int exit_input = 2;           ///< the caller's: wrong options, unreadable or damaged input
inline constexpr int exit_configuration = 78;  ///< of the service's commands: starting it again will not help
inline constexpr int exit_interrupted = 130;

/// Of a command that works on one clip.
[[nodiscard]] int exit_code_of(Code code) noexcept;

/// Of a command that is or concerns the service: whatever its settings, folder, port or models are to blame
/// for is `exit_configuration`.
[[nodiscard]] int service_exit_code_of(Code code) noexcept;

/// What the chosen subcommand does. Set by the parser, called once by main.
struct Action {
    std::function<Result<>()> run;
    int (*exit_code)(Code) noexcept = &exit_code_of;
};

/// Accepts the names of `values`, and nothing else. Its own name lists them in this order: on|off.
template <class Value>
[[nodiscard]] CLI::Validator one_of(const std::vector<std::pair<std::string, Value>>& values) {
    std::string names;
    for (const auto& [name, value] : values)
        names += (names.empty() ? "" : "|") + name;
    const auto to_number = [values, names](std::string& text) {
        for (const auto& [name, value] : values) {
            if (name == text) {
                text = std::to_string(static_cast<int>(value));
                return std::string();
            }
        }
        return text + " is none of " + names;
    };
    return CLI::Validator(to_number, "", names);
}

void add_estimate(CLI::App& program, Action& action);
void add_render(CLI::App& program, Action& action);
void add_probe(CLI::App& program, Action& action);
void add_inspect(CLI::App& program, Action& action);
void add_export(CLI::App& program, Action& action);
void add_weights(CLI::App& program, Action& action);
void add_submit(CLI::App& program, Action& action);

void add_run(CLI::App& program, Action& action);
void add_serve(CLI::App& program, Action& action);
void add_work(CLI::App& program, Action& action);
void add_janitor(CLI::App& program, Action& action);
void add_migrate(CLI::App& program, Action& action);
void add_init_secrets(CLI::App& program, Action& action);
void add_config(CLI::App& program, Action& action);
void add_openapi(CLI::App& program, Action& action);

}  // namespace posed::commands
