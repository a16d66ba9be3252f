#pragma once

#include <string>
#include <vector>

#include <boost/json/value.hpp>

#include "api/router.h"

namespace posed::api {

struct ApiDescription {
    std::string title;
    std::string version;
    std::string description;
};

/// The OpenAPI 3.1 document of the routes. Statuses that any request may be answered with (the protection's,
/// those of HTTP itself) stand there once, as the default answer.
[[nodiscard]] boost::json::value openapi_document(const std::vector<Route>& routes,
                                                  const ApiDescription& about);

}  // namespace posed::api
