#pragma once

#include <functional>
#include <string>
#include <vector>

#include "api/router.h"
#include "base/config.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/result.h"
#include "domain/video.h"
#include "media/opener.h"
#include "pipeline/stores.h"

namespace posed::api {

/// What the resources' handlers work on. All of it outlives the routes and may be used by several threads.
struct Service {
    pipeline::Stores stores;
    media::Opener& opener;
    const ServiceConfig& config;
    MediaLimits limits;
    std::string version;
    std::vector<std::string> sandbox_layers;
    Metrics& metrics;
    Log& log;

    /// Called when a request has changed tasks, new ones among them. Returns at once.
    std::function<void()> tasks_changed = [] {};

    /// Whether what wakes workers can be used: conflict when it is set up wrongly, with a message for
    /// clients; else an error for the log. Empty where the database does it.
    std::function<Result<>()> check_broker = {};
};

/// The rows of all resources: videos, estimations, visualizations, tasks and their events, health, limits,
/// estimators, metrics.
[[nodiscard]] std::vector<Route> service_routes(Service& service);

}  // namespace posed::api
