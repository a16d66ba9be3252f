#include "api/documentation.h"

#include <utility>

#include "api/asset.h"

namespace posed::api {
namespace {

/// Swagger UI and ReDoc set styles from scripts; ReDoc searches in a worker. Nothing else is allowed.
constexpr const char* page_policy =
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self' data:; connect-src 'self'; worker-src blob:; frame-ancestors 'none'; base-uri 'none'";

constexpr const char* swagger_page = R"(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Posed: the API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body style="margin: 0">
<div id="swagger-ui"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
)";

constexpr const char* swagger_start =
    R"(SwaggerUIBundle({url: "/openapi.json", dom_id: "#swagger-ui", deepLinking: true, validatorUrl: null});
)";

constexpr const char* redoc_page = R"(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Posed: the API</title>
</head>
<body style="margin: 0">
<div id="redoc"></div>
<script src="/redoc/redoc.standalone.js"></script>
<script src="/redoc/start.js"></script>
</body>
</html>
)";

constexpr const char* redoc_start =
    R"(Redoc.init("/openapi.json", {disableSearch: false}, document.getElementById("redoc"));
)";

Route asset_route(std::string pattern, std::string media_type, std::string text) {
    Route row{.pattern = std::move(pattern),
              .documentation = {.summary = "Documentation",
                                .tag = "documentation",
                                .media_type = media_type,
                                .runs = Runs::at_once,
                                .access = Access::open}};
    row.handler = [asset = asset_of(std::move(text), std::move(media_type), page_policy)](
                      const Request& request) -> Result<Response> { return send(request, asset); };
    return row;
}

/// ReDoc's script without the address of its maker's logo: the page's policy would refuse that picture, and
/// the browser would complain on every visit.
Result<std::string> redoc_script(const std::filesystem::path& path) {
    constexpr std::string_view logo = "https://cdn.redoc.ly/redoc/logo-mini.svg";
    auto script = TRY(text_of(path));
    if (const auto place = script.find(logo); place != std::string::npos)
        script.replace(place, logo.size(), "data:,");
    return script;
}

}  // namespace

Result<std::vector<Route>> documentation_routes(const std::filesystem::path& web_folder,
                                                const std::string& openapi) {
    constexpr const char* html = "text/html; charset=utf-8";
    constexpr const char* script = "text/javascript; charset=utf-8";
    std::vector<Route> routes;
    routes.push_back(asset_route("/openapi.json", "application/json", openapi));
    routes.push_back(asset_route("/docs/", html, swagger_page));
    routes.push_back(asset_route("/docs/start.js", script, swagger_start));
    routes.push_back(asset_route("/docs/swagger-ui.css", "text/css; charset=utf-8",
                                 TRY(text_of(web_folder / "swagger-ui.css"))));
    routes.push_back(
        asset_route("/docs/swagger-ui-bundle.js", script, TRY(text_of(web_folder / "swagger-ui-bundle.js"))));
    routes.push_back(asset_route("/redoc/", html, redoc_page));
    routes.push_back(asset_route("/redoc/start.js", script, redoc_start));
    routes.push_back(asset_route("/redoc/redoc.standalone.js", script,
                                 TRY(redoc_script(web_folder / "redoc.standalone.js"))));
    return routes;
}

}  // namespace posed::api
