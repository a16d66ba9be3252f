#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "domain/recipe.h"
#include "domain/video.h"
#include "pipeline/stores.h"
#include "tasks/task.h"

namespace posed::pipeline {

struct EstimationRequest {
    std::int64_t video_id = 0;
    Size frame_box;
    Selection selection;  ///< with a rate and a duration
    std::string estimator;
    People people = People::one;
    bool mesh = false;
    std::optional<std::string> description = {};
};

/// Records the task, joins an open one of the same recipe, or answers with the finished one whose result is
/// still there. `open_tasks_max`: how many may wait besides. Errors: not_found for the video;
/// empty_window when the window begins after the video's end; estimator_unavailable when no worker has
/// offered the estimator; unavailable for a full queue; invalid_argument for a description that cannot be
/// kept.
[[nodiscard]] Result<tasks::Task> submit_estimation(const Stores& stores, const EstimationRequest& request,
                                                    std::int64_t open_tasks_max);

}  // namespace posed::pipeline
