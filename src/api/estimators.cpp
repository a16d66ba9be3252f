#include "api/estimators.h"

#include <algorithm>
#include <optional>
#include <set>

#include <boost/describe/class.hpp>

#include "api/endpoint.h"
#include "api/resources.h"
#include "database/workers.h"
#include "estimation/load_estimator.h"
#include "pipeline/task_parameters.h"
#include "tasks/live_workers.h"

namespace posed::api {
namespace {

using database::Workers;

struct EstimatorResponse {
    std::string name;
    bool available = false;
    bool is_default = false;
    int workers = 0;
    std::optional<std::string> weights_digest;
    std::optional<int> engine_revision;
    std::optional<std::string> unavailable_reason;
};
BOOST_DESCRIBE_STRUCT(EstimatorResponse, (),
                      (name, available, is_default, workers, weights_digest, engine_revision,
                       unavailable_reason))

[[maybe_unused]] Rules rules_of(const EstimatorResponse*) {
    return {rule("available", "Whether submits are taken: a worker has offered it"),
            rule("is_default", "Whether submits that name none get it"),
            rule("workers", "How many are there now that run it"),
            rule("weights_digest", "Of the newest worker's weights, to which submits are pinned"),
            rule("engine_revision", "Of the newest worker, likewise"),
            rule("unavailable_reason", "Why submits are refused, or would wait")};
}

/// How many live workers run an estimator.
int count_workers(const std::vector<WorkerRecord>& workers, const std::string& estimator) {
    return static_cast<int>(std::ranges::count_if(workers, [&](const WorkerRecord& worker) {
        return std::ranges::any_of(worker.capabilities, [&](const Capability& capability) {
            return capability.estimator == estimator && !capability.unavailable_reason;
        });
    }));
}

std::optional<std::string> reason_against(const std::optional<Capability>& announced, int workers) {
    if (!announced)
        return "no worker has offered it yet";
    if (announced->unavailable_reason)
        return announced->unavailable_reason;
    if (workers == 0)
        return "no worker that offers it is there now; tasks would wait";
    return {};
}

/// Those that this program knows, and whatever else was announced.
std::set<std::string> names(const std::vector<WorkerRecord>& workers) {
    std::set<std::string> names;
    for (const auto name : estimation::estimator_names())
        names.emplace(name);
    for (const auto& worker : workers)
        for (const auto& capability : worker.capabilities)
            if (capability.estimator)
                names.insert(*capability.estimator);
    return names;
}

std::vector<EstimatorResponse> estimators(const Service& service) {
    auto transaction = service.stores.database.read();
    Workers repository(transaction);
    const auto workers = repository.live(transaction.now() - tasks::heartbeat_timeout);
    std::vector<EstimatorResponse> list;
    for (const auto& name : names(workers)) {
        const auto announced =
            repository.find_capability(pipeline::estimate_kind, pipeline::estimation_version, name);
        EstimatorResponse estimator;
        estimator.name = name;
        estimator.available = announced && !announced->unavailable_reason;
        estimator.is_default = name == service.config.default_estimator;
        estimator.workers = count_workers(workers, name);
        estimator.unavailable_reason = reason_against(announced, estimator.workers);
        if (announced) {
            estimator.weights_digest = announced->weights_digest;
            estimator.engine_revision = announced->engine_revision;
        }
        list.push_back(std::move(estimator));
    }
    return list;
}

Result<std::vector<EstimatorResponse>> list_estimators(const Nothing&, Service& service) {
    return estimators(service);
}

}  // namespace

std::string suggest_estimators(Service& service) {
    std::string offered;
    for (const auto& estimator : estimators(service))
        if (estimator.available)
            offered += (offered.empty() ? "" : ", ") + estimator.name;
    return offered.empty() ? "GET /estimators/ says why there is none" : "choose one of " + offered;
}

std::vector<Route> estimator_routes(Service& service) {
    return {
        route(Method::get, "/estimators/", list_estimators, service,
              {.summary = "What estimates poses here, and the reason where one cannot", .tag = "service"})};
}

}  // namespace posed::api
