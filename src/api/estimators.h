#pragma once

#include <string>
#include <vector>

#include "api/service.h"

namespace posed::api {

/// What to tell a client whose estimator nobody offers.
[[nodiscard]] std::string suggest_estimators(Service& service);

}  // namespace posed::api
