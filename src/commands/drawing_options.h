#pragma once

#include <CLI/App.hpp>

#include "pipeline/render_video.h"

namespace posed::commands {

/// The options that say what an annotated video shows and how it is encoded. `options` must outlive the
/// command.
void add_drawing_options(CLI::App& command, pipeline::RenderOptions& options);

}  // namespace posed::commands
