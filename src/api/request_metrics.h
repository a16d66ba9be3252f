#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <tuple>

#include "api/http.h"
#include "base/metrics.h"

namespace posed::api {

/// Counts requests by route and status, how long they take and how many are under way. For any thread.
class RequestMetrics {
  public:
    explicit RequestMetrics(Metrics& metrics);

    void begin() noexcept { in_flight_.add(1); }
    void end(std::string_view method, std::string_view route, Status status,
             std::chrono::microseconds duration);

  private:
    struct Row {
        Counter requests;
        Histogram duration;
    };
    using Key = std::tuple<std::string, std::string, Status>;

    Row& row_of(std::string_view method, std::string_view route, Status status);

    Metrics& metrics_;
    Gauge in_flight_;
    std::mutex mutex_;
    std::map<Key, Row> rows_;  ///< never loses a row
};

}  // namespace posed::api
