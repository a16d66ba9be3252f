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

/// Maps the module of the named estimator into the process, for good, and opens its weights. `threads` is
/// what one call of `run` may use. Estimators must be destroyed before main returns; `log` outlives them.
/// Errors: invalid_argument for an unknown name, model_missing (with where the files come from),
/// corrupt_model.
[[nodiscard]] Result<std::unique_ptr<Estimator>> load_estimator(std::string_view name, const Config& config,
                                                                int threads, Log& log);

}  // namespace posed::estimation
