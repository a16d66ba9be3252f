#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "api/router.h"
#include "base/result.h"

namespace posed::api {

/// Rows for the page at / and for each of its files in `folder`, as `npm run build` leaves them: index.html,
/// and assets/ whose names change with their bytes, so that browsers keep them. All are read into memory
/// once; no request names a file on disk. A file NAME.gz beside NAME is what clients get that take gzip.
/// `files_from` is another origin that downloads may be redirected to: the page may then load from it.
/// Where there is no index.html, / says so: the interface works without the page. Errors: those of reading
/// the files.
[[nodiscard]] Result<std::vector<Route>> web_app_routes(const std::filesystem::path& folder,
                                                        const std::string& files_from = "");

/// Whether an Accept-Encoding field lets the answer be gzip (RFC 9110, 12.5.3).
[[nodiscard]] bool accepts_gzip(std::string_view accept_encoding) noexcept;

}  // namespace posed::api
