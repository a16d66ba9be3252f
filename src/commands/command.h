#pragma once

#include <functional>

#include <CLI/App.hpp>

#include "base/result.h"

/// A subcommand of `posed`: adds its options to the command line and runs when it is chosen. Each is a
/// composition root: it opens what the story in `pipeline/` needs and hands it over.
namespace posed::commands {

/// What the chosen subcommand does. Set by the parser, called once by main.
using Action = std::function<Result<>()>;

/// Exit codes of the program.
inline constexpr int exit_success = 0;
inline constexpr int exit_failure = 1;  ///< the machine's fault: disk full, a missing module, a bug
inline constexpr int exit_input = 2;    ///< the caller's: wrong options, unreadable or damaged input
inline constexpr int exit_interrupted = 130;

[[nodiscard]] int exit_code_of(Code code) noexcept;

void add_estimate(CLI::App& program, Action& action);
void add_render(CLI::App& program, Action& action);
void add_probe(CLI::App& program, Action& action);
void add_inspect(CLI::App& program, Action& action);

}  // namespace posed::commands
