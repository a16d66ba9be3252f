#include "commands/window_options.h"

#include <CLI/CLI.hpp>

namespace posed::commands {

void add_window_options(CLI::App& command, WindowOptions& options, const std::string& default_rate) {
    auto* width = command
                      .add_option("--width", options.width,
                                  "Width of the box that the drawn frames fit into (default 1920x1080, or "
                                  "1080x1920 for an upright picture)")
                      ->check(CLI::Range(2, 16384));
    auto* height =
        command.add_option("--height", options.height, "Height of that box")->check(CLI::Range(2, 16384));
    width->needs(height);
    height->needs(width);
    command.add_option("--fps", options.rate,
                       "Frames a second: 25, 29.97 or 30000/1001 (default: " + default_rate + ")");
    command.add_option("--start", options.start, "Seconds to skip at the start")->capture_default_str();
    command.add_option("--duration", options.duration, "Seconds to use (default: all)");
}

}  // namespace posed::commands
