#pragma once

#include <optional>
#include <string>

#include <CLI/App.hpp>

namespace posed::commands {

/// Which frames of a clip are estimated, and into which box they are fitted, as it was typed.
struct WindowOptions {
    std::optional<int> width, height;
    std::optional<std::string> rate;
    double start = 0;
    std::optional<double> duration;
};

/// `default_rate` says in words what holds without --fps. `options` must outlive the command.
void add_window_options(CLI::App& command, WindowOptions& options, const std::string& default_rate);

}  // namespace posed::commands
