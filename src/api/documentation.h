#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "api/router.h"
#include "base/result.h"

namespace posed::api {

/// Rows for /openapi.json with that text, for Swagger UI at /docs and ReDoc at /redoc. Their files are read
/// from `web_folder` into memory once; pages load nothing from another host, and could not. Errors: those of
/// reading the files, with the file's name.
[[nodiscard]] Result<std::vector<Route>> documentation_routes(const std::filesystem::path& web_folder,
                                                              const std::string& openapi);

}  // namespace posed::api
