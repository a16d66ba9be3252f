#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "base/config.h"
#include "base/log.h"
#include "base/result.h"
#include "estimation/estimator.h"

namespace posed::estimation {

/// The names that `load_estimator` knows.
[[nodiscard]] std::vector<std::string_view> estimator_names();

/// Whether the named estimator gives the body's surface when asked.
[[nodiscard]] bool gives_mesh(std::string_view name);

/// What one call of `Estimator::run` may use.
struct ThreadCounts {
    int of_a_video = 1;  ///< for estimators that run each video's crops by themselves
    int of_a_batch = 1;  ///< for those that run all videos' crops together
};

/// Maps the module of the named estimator into the process, for good, and opens its weights. Estimators must
/// be destroyed before main returns; `log` outlives them.
/// Errors: invalid_argument for an unknown name, model_missing (with where the files come from),
/// corrupt_model.
[[nodiscard]] Result<std::unique_ptr<Estimator>> load_estimator(std::string_view name, const Config& config,
                                                                const ThreadCounts& threads, Log& log);

}  // namespace posed::estimation
