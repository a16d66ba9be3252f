#include "commands/drawing_options.h"

#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "commands/command.h"
#include "media/encoder.h"

namespace posed::commands {
namespace {

CLI::Validator preset_names() {
    std::vector<std::pair<std::string, media::Preset>> presets;
    for (int i = 0; i <= static_cast<int>(media::Preset::veryslow); ++i) {
        const auto preset = static_cast<media::Preset>(i);
        presets.emplace_back(media::name_of(preset), preset);
    }
    return one_of(presets);
}

}  // namespace

void add_drawing_options(CLI::App& command, pipeline::RenderOptions& options) {
    command.add_flag("--bbox,!--no-bbox", options.overlay.bbox,
                     "Draw the box around each person (default off)");
    command.add_flag("--bbox-confidence,!--no-bbox-confidence", options.overlay.bbox_confidence,
                     "Write the confidence of each person (default off)");
    command.add_flag("--keypoints,!--no-keypoints", options.overlay.keypoints,
                     "Draw the key points (default on)");
    command.add_flag("--skeleton,!--no-skeleton", options.overlay.skeleton,
                     "Draw the lines between them (default on)");
    command.add_option("--crf", options.crf, "Quality: 0 (lossless) to 51 (worst)")
        ->check(CLI::Range(0, 51))
        ->capture_default_str();
    const auto presets = preset_names();
    command.add_option("--preset", options.preset, "x264's preset (default medium)")
        ->transform(presets)
        ->type_name(presets.get_name());
}

}  // namespace posed::commands
