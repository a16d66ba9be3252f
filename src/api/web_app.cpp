#include "api/web_app.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "api/asset.h"

namespace posed::api {
namespace {

/// What the page does: scripts and styles of its own, pictures and videos of the service or made in the page.
std::string page_policy(const std::string& files_from) {
    const auto from = files_from.empty() ? "" : " " + files_from;
    return "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; media-src "
           "'self' blob:" +
           from + "; connect-src 'self'" + from +
           "; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";
}

constexpr const char* page_is_missing = R"(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Posed</title>
</head>
<body>
<h1>Posed runs</h1>
<p>Its page was not built with it: <code>make build</code> makes it, with node. The interface works without:
<a href="/docs/">its reference</a>.</p>
</body>
</html>
)";

/// A file as it is, and packed where that was made.
struct PageFile {
    Asset plain;
    std::optional<Asset> packed = {};
};

std::string media_type_of(const std::filesystem::path& path) {
    static const std::map<std::string, std::string> types{{".html", "text/html; charset=utf-8"},
                                                          {".js", "text/javascript; charset=utf-8"},
                                                          {".css", "text/css; charset=utf-8"},
                                                          {".svg", "image/svg+xml"}};
    const auto type = types.find(path.extension().string());
    return type == types.end() ? "application/octet-stream" : type->second;
}

Result<PageFile> read_page_file(const std::filesystem::path& path, const std::string& cache_control,
                                const std::string& policy) {
    PageFile file{.plain = asset_of(TRY(text_of(path)), media_type_of(path), policy)};
    file.plain.cache_control = cache_control;
    if (auto packed = text_of(path.string() + ".gz")) {
        file.packed = asset_of(*std::move(packed), file.plain.media_type, policy);
        file.packed->cache_control = cache_control;
    } else if (packed.error().code != Code::not_found) {
        return std::move(packed).error();
    }
    return file;
}

Response answer(const Request& request, const PageFile& file) {
    const bool is_packed = file.packed && accepts_gzip(request.headers.find("Accept-Encoding").value_or(""));
    auto response = send(request, is_packed ? *file.packed : file.plain);
    if (file.packed)
        response.headers.add("Vary", "Accept-Encoding");
    if (is_packed && response.headers.find("Content-Type"))
        response.headers.add("Content-Encoding", "gzip");
    return response;
}

Route page_route(std::string pattern, PageFile file) {
    Route row{.pattern = std::move(pattern),
              .documentation = {.summary = "The page",
                                .tag = "web app",
                                .media_type = file.plain.media_type,
                                .runs = Runs::at_once,
                                .access = Access::open}};
    row.handler = [file = std::move(file)](const Request& request) -> Result<Response> {
        return answer(request, file);
    };
    return row;
}

/// The names in a folder but the packed ones, in order. One that is not there has none.
std::vector<std::string> names_in(const std::filesystem::path& folder) {
    std::vector<std::string> names;
    std::error_code error;
    std::filesystem::directory_iterator entry(folder, error);
    for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error))
        if (entry->path().extension() != ".gz")
            names.push_back(entry->path().filename().string());
    std::ranges::sort(names);
    return names;
}

bool refuses(std::string_view parameters) noexcept {
    const auto place = parameters.find("q=");
    return place != std::string_view::npos &&
           parameters.substr(place + 2).find_first_not_of("0. \t") == std::string_view::npos;
}

}  // namespace

bool accepts_gzip(std::string_view accept_encoding) noexcept {
    bool accepts_any = false;
    while (!accept_encoding.empty()) {
        const auto comma = std::min(accept_encoding.find(','), accept_encoding.size());
        const auto choice = accept_encoding.substr(0, comma);
        const auto end_of_name = std::min(choice.find(';'), choice.size());
        const auto name = trimmed(choice.substr(0, end_of_name));
        const bool is_welcome = !refuses(choice.substr(end_of_name));
        if (equal_ignoring_case(name, "gzip"))
            return is_welcome;
        if (name == "*")
            accepts_any = is_welcome;
        accept_encoding.remove_prefix(std::min(comma + 1, accept_encoding.size()));
    }
    return accepts_any;
}

Result<std::vector<Route>> web_app_routes(const std::filesystem::path& folder,
                                          const std::string& files_from) {
    const auto policy = page_policy(files_from);
    std::vector<Route> routes;
    auto page = read_page_file(folder / "index.html", "no-cache", policy);
    if (page.has_error() && page.error().code == Code::not_found)
        page = PageFile{.plain = asset_of(page_is_missing, "text/html; charset=utf-8", policy)};
    routes.push_back(page_route("/", TRY(std::move(page))));
    for (const auto& name : names_in(folder / "assets")) {
        auto file =
            TRY(read_page_file(folder / "assets" / name, "public, max-age=31536000, immutable", policy));
        routes.push_back(page_route("/assets/" + name, std::move(file)));
    }
    return routes;
}

}  // namespace posed::api
