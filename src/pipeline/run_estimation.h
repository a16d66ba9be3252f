#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "base/metrics.h"
#include "base/result.h"
#include "domain/records.h"
#include "domain/video.h"
#include "estimation/batcher.h"
#include "estimation/estimator.h"
#include "media/opener.h"
#include "pipeline/stores.h"
#include "tasks/task.h"
#include "tasks/task_run.h"

namespace posed::pipeline {

/// An estimator as all runs of a worker share it.
struct LoadedEstimator {
    std::unique_ptr<estimation::Estimator> estimator;
    std::unique_ptr<estimation::Batcher> batcher = nullptr;  ///< nothing where it does not work in batches
};

using Estimators = std::map<std::string, LoadedEstimator, std::less<>>;

struct EstimationWork {
    Stores stores;
    media::Opener& opener;
    const Estimators& estimators;
    MediaLimits limits;
    std::filesystem::path scratch;  ///< a folder of this worker's own
    int decoder_threads = 1;
    Metrics& metrics;
};

/// What a worker announces that holds this estimator. Submits pin their tasks to it.
[[nodiscard]] Capability capability_of(const estimation::EstimatorDescription& estimator);

/// The same for one that could not be loaded.
[[nodiscard]] Capability missing_capability(const std::string& estimator, const Error& why);

/// lease -> open -> decode -> estimate -> archive -> store -> record: carries one task of `estimate_kind`
/// out. Returns the row it led to, which is the one of an equal recipe if that is there already. Errors:
/// those of the steps; not_found when the video is gone.
[[nodiscard]] Result<tasks::TaskResult> run_estimation(const EstimationWork& work, const tasks::Task& task,
                                                       tasks::TaskRun& run);

}  // namespace posed::pipeline
