#include "pipeline/worker_metrics.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <system_error>

namespace posed::pipeline {
namespace {

constexpr const char* file_name = "metrics";
constexpr const char* new_file_name = "metrics.new";

}  // namespace

void leave_metrics(const std::filesystem::path& scratch, const Metrics& metrics) {
    const auto written = scratch / new_file_name;
    std::ofstream file(written, std::ios::binary | std::ios::trunc);
    file << metrics.text();
    file.close();
    std::error_code ignored;
    if (file)
        std::filesystem::rename(written, scratch / file_name, ignored);
}

std::vector<WorkerMetrics> left_metrics(const std::filesystem::path& folders) {
    std::vector<WorkerMetrics> found;
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(folders, ignored)) {
        std::ifstream file(entry.path() / file_name, std::ios::binary);
        if (file)
            found.push_back({.worker = entry.path().filename().string(),
                             .text = {std::istreambuf_iterator<char>(file), {}}});
    }
    std::ranges::sort(found, {}, &WorkerMetrics::worker);
    return found;
}

}  // namespace posed::pipeline
