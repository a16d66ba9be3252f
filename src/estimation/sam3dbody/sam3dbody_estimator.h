#pragma once

#include <memory>

#include "base/result.h"
#include "estimation/module.h"

namespace posed::estimation::sam3dbody {

/// SAM 3D Body as an estimator: boxes come from the detector in `request.detector`, else from
/// the estimator in `request.people`. Without a profile and a
/// precision: `upstream`, float32. Errors: invalid_argument for other names, model_missing, corrupt_model.
[[nodiscard]] Result<std::unique_ptr<Estimator>> open_sam3dbody(const OpenRequest& request);

}  // namespace posed::estimation::sam3dbody
