#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "pipeline/stores.h"
#include "rendering/draw_people.h"
#include "tasks/task.h"

namespace posed::pipeline {

struct VisualizationRequest {
    std::int64_t estimation_id = 0;
    rendering::Overlay overlay;
    int crf = 20;
    std::string preset;  ///< a name that `media::preset_named` knows
    std::optional<std::string> description = {};
};

/// As `submit_estimation`. Errors: not_found for the estimation, unavailable for a full queue,
/// invalid_argument for a description that cannot be kept. A mesh that the estimation does not hold fails the
/// run.
[[nodiscard]] Result<tasks::Task> submit_visualization(const Stores& stores,
                                                       const VisualizationRequest& request,
                                                       std::int64_t open_tasks_max);

}  // namespace posed::pipeline
