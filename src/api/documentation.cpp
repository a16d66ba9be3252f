#include "api/documentation.h"

#include <memory>
#include <span>
#include <utility>

#include "api/download.h"
#include "base/byte_source.h"
#include "base/digest.h"

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

/// A text in memory that is served as a file.
class Asset final : public ByteSource {
  public:
    explicit Asset(std::string text)
        : text_(std::move(text)), bytes_(view_bytes(std::as_bytes(std::span(text_)))) {}

    std::uint64_t size() const noexcept override { return text_.size(); }
    Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> buffer) override {
        return bytes_->read_at(offset, buffer);
    }

  private:
    std::string text_;
    std::unique_ptr<ByteSource> bytes_;
};

Route asset_route(std::string pattern, std::string media_type, std::string text) {
    const auto etag = sha256_of(std::as_bytes(std::span(text)));
    auto asset = std::make_shared<Asset>(std::move(text));
    Route row{.pattern = std::move(pattern),
              .documentation = {.summary = "Documentation",
                                .tag = "documentation",
                                .media_type = std::move(media_type),
                                .runs = Runs::at_once,
                                .access = Access::open}};
    row.handler = [asset, etag,
                   type = row.documentation.media_type](const Request& request) -> Result<Response> {
        auto response = send(request, {.source = asset,
                                       .media_type = type,
                                       .etag = etag,
                                       .disposition = Disposition::inline_view,
                                       .cache_control = "no-cache"});
        response.headers.add("Content-Security-Policy", page_policy);
        return response;
    };
    return row;
}

Result<std::string> text_of(const std::filesystem::path& path) {
    const auto file = TRY(open_file(path));
    std::string text(static_cast<std::size_t>(file->size()), '\0');
    TRY(read_exactly(*file, 0, std::as_writable_bytes(std::span(text)), Code::input_output));
    return text;
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
