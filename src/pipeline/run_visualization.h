#pragma once

#include <filesystem>

#include "base/metrics.h"
#include "base/result.h"
#include "domain/records.h"
#include "domain/video.h"
#include "media/opener.h"
#include "pipeline/stores.h"
#include "tasks/task.h"
#include "tasks/task_run.h"

namespace posed::pipeline {

struct VisualizationWork {
    Stores stores;
    media::Opener& opener;
    MediaLimits limits;
    std::filesystem::path scratch;  ///< a folder of this worker's own
    int threads = 1;                ///< of the decoder and of the encoder, each
    Metrics& metrics;
};

/// What a worker announces that can draw.
[[nodiscard]] Capability visualization_capability();

/// lease -> open -> decode -> draw -> encode -> store -> record: carries one task of `visualize_kind` out.
/// As `run_estimation`.
[[nodiscard]] Result<tasks::TaskResult> run_visualization(const VisualizationWork& work,
                                                          const tasks::Task& task, tasks::TaskRun& run);

}  // namespace posed::pipeline
