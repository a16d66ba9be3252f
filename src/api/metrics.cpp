#include <map>
#include <string>
#include <utility>

#include "api/endpoint.h"
#include "api/metrics_text.h"
#include "api/resources.h"
#include "database/workers.h"
#include "pipeline/task_parameters.h"
#include "tasks/find.h"
#include "tasks/live_workers.h"

namespace posed::api {
namespace {

using tasks::State;

using Counts = std::map<std::pair<std::string, State>, std::int64_t>;

/// Of every queue and open state, those without tasks included, so that no gauge keeps an old value.
Counts open_tasks(database::Transaction& transaction) {
    Counts counts;
    for (const auto queue : {pipeline::inference_queue, pipeline::rendering_queue})
        for (const auto state : {State::pending, State::retry, State::started})
            counts[{std::string(queue), state}] = 0;
    for (const auto& open : tasks::count_open_tasks(transaction))
        counts[{open.queue, open.state}] = open.count;
    return counts;
}

void set_task_gauges(Metrics& metrics, database::Transaction& transaction) {
    std::map<std::string, std::int64_t> waiting;
    for (const auto& [key, count] : open_tasks(transaction)) {
        const auto& [queue, state] = key;
        metrics
            .gauge("posed_open_tasks", "Tasks that are not final, by state.",
                   {{"queue", queue}, {"state", std::string(name_of(state))}})
            .set(static_cast<double>(count));
        waiting[queue] += state == State::started ? 0 : count;
        if (state == State::started)
            metrics.gauge("posed_leases", "Tasks that a worker holds.", {{"queue", queue}})
                .set(static_cast<double>(count));
    }
    for (const auto& [queue, count] : waiting)
        metrics.gauge("posed_queue_depth", "Tasks that wait for a worker.", {{"queue", queue}})
            .set(static_cast<double>(count));
}

void set_worker_gauges(Metrics& metrics, database::Transaction& transaction) {
    std::map<std::string, int> workers{{std::string(pipeline::inference_queue), 0},
                                       {std::string(pipeline::rendering_queue), 0}};
    auto slots = workers;
    for (const auto& worker :
         database::Workers(transaction).live(transaction.now() - tasks::heartbeat_timeout)) {
        workers[worker.queue] += 1;
        slots[worker.queue] += worker.slots;
    }
    for (const auto& [queue, count] : workers)
        metrics.gauge("posed_workers", "Workers that are alive.", {{"queue", queue}}).set(count);
    for (const auto& [queue, count] : slots)
        metrics.gauge("posed_worker_slots", "Tasks that these can run at a time.", {{"queue", queue}})
            .set(count);
}

Result<Response> tell_metrics(const Nothing&, Service& service) {
    auto transaction = service.stores.database.read();
    set_task_gauges(service.metrics, transaction);
    set_worker_gauges(service.metrics, transaction);
    return Response{
        .headers = {{"Content-Type", "text/plain; version=0.0.4; charset=utf-8"}},
        .body = merged_metrics(service.metrics.text(),
                               pipeline::left_metrics(pipeline::scratch_folders(service.config)))};
}

}  // namespace

std::vector<Route> metrics_routes(Service& service) {
    return {
        route(Method::get, "/metrics", tell_metrics, service,
              {.summary = "Metrics in Prometheus's text format, those of workers on this machine included",
               .tag = "service",
               .media_type = "text/plain"})};
}

}  // namespace posed::api
