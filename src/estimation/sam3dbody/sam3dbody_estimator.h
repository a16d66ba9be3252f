#pragma once

#include <memory>

#include "base/result.h"
#include "estimation/module.h"

namespace posed::estimation::sam3dbody {

/// SAM 3D Body as an estimator, float32, profile `upstream`: boxes come from the estimator in
/// `request.people`. A session estimates one person in each frame. Errors: invalid_argument for another name,
/// model_missing, corrupt_model.
[[nodiscard]] Result<std::unique_ptr<Estimator>> open_sam3dbody(const OpenRequest& request);

}  // namespace posed::estimation::sam3dbody
