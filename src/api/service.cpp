#include "api/service.h"

#include <filesystem>
#include <iterator>
#include <utility>

#include "api/resources.h"

namespace posed::api {

std::vector<Route> service_routes(Service& service) {
    std::vector<Route> all;
    for (auto* routes_of : {video_routes, estimation_routes, visualization_routes, task_routes,
                            estimator_routes, limit_routes, health_routes, metrics_routes}) {
        auto routes = routes_of(service);
        std::move(routes.begin(), routes.end(), std::back_inserter(all));
    }
    return all;
}

std::string named_after(const std::string& filename, const std::string& suffix) {
    return std::filesystem::path(filename).stem().string() + suffix;
}

}  // namespace posed::api
