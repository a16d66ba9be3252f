#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/config.h"
#include "base/metrics.h"

/// Workers listen nowhere. Each leaves what it counts in its scratch folder, and a server of the same machine
/// tells it along with its own. The file goes with the folder when the worker ends.
namespace posed::pipeline {

/// Where workers have their scratch folders.
[[nodiscard]] inline std::filesystem::path scratch_folders(const ServiceConfig& config) {
    return config.data_directory / "scratch";
}

/// What one worker counts, in Prometheus's text format.
struct WorkerMetrics {
    std::string worker;  ///< the name of its scratch folder
    std::string text;
};

/// Replaces the file in one step. What the disk refuses is tried again at the next time.
void leave_metrics(const std::filesystem::path& scratch, const Metrics& metrics);

/// Of all workers with a folder in `folders`, by name.
[[nodiscard]] std::vector<WorkerMetrics> left_metrics(const std::filesystem::path& folders);

}  // namespace posed::pipeline
