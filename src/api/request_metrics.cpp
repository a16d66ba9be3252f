#include "api/request_metrics.h"

namespace posed::api {

RequestMetrics::RequestMetrics(Metrics& metrics)
    : metrics_(metrics),
      in_flight_(metrics.gauge("posed_http_requests_in_flight", "Requests that are being answered")) {}

void RequestMetrics::end(std::string_view method, std::string_view route, Status status,
                         std::chrono::microseconds duration) {
    in_flight_.add(-1);
    auto& row = row_of(method, route, status);
    row.requests.add();
    row.duration.observe(std::chrono::duration<double>(duration).count());
}

RequestMetrics::Row& RequestMetrics::row_of(std::string_view method, std::string_view route, Status status) {
    Key key{method, route, status};
    const std::lock_guard lock(mutex_);
    const auto found = rows_.find(key);
    if (found != rows_.end())
        return found->second;
    const Metrics::Labels where{{"method", std::string(method)}, {"route", std::string(route)}};
    auto labels = where;
    labels.emplace("status", std::to_string(number_of(status)));
    Row row{metrics_.counter("posed_http_requests_total", "Requests answered", labels),
            metrics_.histogram("posed_http_request_duration_seconds",
                               "From a request's head to its answer's end", where)};
    return rows_.emplace(std::move(key), row).first->second;
}

}  // namespace posed::api
