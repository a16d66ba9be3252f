#include <optional>
#include <string>
#include <vector>

#include <boost/describe/class.hpp>

#include "api/endpoint.h"
#include "api/paging.h"
#include "api/resources.h"
#include "api/submission.h"

namespace posed::api {
namespace {

struct LimitsResponse {
    std::int64_t max_upload_bytes = 0;
    std::int64_t max_pixels = 0;
    std::int64_t max_duration_seconds = 0;
    int max_frame_rate = 0;
    std::int64_t max_frames = 0;
    std::optional<std::int64_t> max_store_bytes;
    std::int64_t max_description_characters = description_length_max;
    std::int64_t max_list_items = page_limit_max;
    std::int64_t max_wait_seconds = wait_max.count();
    int queue_limit = 0;
    double task_retention_seconds = 0;
    std::optional<double> result_retention_seconds;
    std::string default_estimator;
    std::vector<std::string> containers;
};
BOOST_DESCRIBE_STRUCT(LimitsResponse, (),
                      (max_upload_bytes, max_pixels, max_duration_seconds, max_frame_rate, max_frames,
                       max_store_bytes, max_description_characters, max_list_items, max_wait_seconds,
                       queue_limit, task_retention_seconds, result_retention_seconds, default_estimator,
                       containers))

[[maybe_unused]] Rules rules_of(const LimitsResponse*) {
    return {rule("max_pixels", "Width times height of a video"),
            rule("max_frame_rate", "Of a video, and of target_fps"),
            rule("max_store_bytes", "Of all videos and results; null: what the disk has"),
            rule("queue_limit", "Open tasks of a queue at which further ones are refused"),
            rule("task_retention_seconds", "How long a task is remembered after its end"),
            rule("result_retention_seconds", "How long videos and results stay; null: until deleted"),
            rule("containers", "Of videos, told by their bytes")};
}

Result<LimitsResponse> tell_limits(const Nothing&, Service& service) {
    using Seconds = std::chrono::duration<double>;
    const auto& config = service.config;
    LimitsResponse limits;
    limits.max_upload_bytes = config.max_upload_bytes;
    limits.max_pixels = config.max_pixels;
    limits.max_duration_seconds = config.max_duration.count();
    limits.max_frame_rate = config.max_frame_rate;
    limits.max_frames = config.max_frames;
    limits.max_store_bytes = config.max_store_bytes;
    limits.queue_limit = config.queue_limit;
    limits.task_retention_seconds = Seconds(config.task_retention).count();
    if (config.result_retention)
        limits.result_retention_seconds = Seconds(*config.result_retention).count();
    limits.default_estimator = config.default_estimator;
    limits.containers = {"mp4", "mov", "webm", "matroska"};
    return limits;
}

}  // namespace

std::vector<Route> limit_routes(Service& service) {
    return {route(Method::get, "/limits/", tell_limits, service,
                  {.summary = "What is accepted at most", .tag = "service", .runs = Runs::at_once})};
}

}  // namespace posed::api
