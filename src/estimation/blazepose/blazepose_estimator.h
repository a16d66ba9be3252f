#pragma once

#include <memory>

#include "base/result.h"
#include "estimation/module.h"

namespace posed::estimation::blazepose {

/// BlazePose GHUM as an estimator: blazepose-lite, -full or -heavy. Loads the detector and the landmark
/// network. A session follows one person. Errors: invalid_argument for another name,
/// model_missing, corrupt_model.
[[nodiscard]] Result<std::unique_ptr<Estimator>> open_blazepose(const OpenRequest& request);

}  // namespace posed::estimation::blazepose
