#pragma once

#include <string>
#include <vector>

#include "pipeline/worker_metrics.h"

/// Private to this folder.
namespace posed::api {

/// Prometheus's text format of this process and of workers as one: each family once, the workers' samples
/// with the label `worker`.
[[nodiscard]] std::string merged_metrics(const std::string& own,
                                         const std::vector<pipeline::WorkerMetrics>& workers);

}  // namespace posed::api
