#pragma once

#include <string>
#include <vector>

#include "api/router.h"

namespace posed::commands {

/// The OpenAPI document of the service's routes, as JSON.
[[nodiscard]] std::string openapi_text(const std::vector<api::Route>& routes);

}  // namespace posed::commands
