#include "pipeline/submit_estimation.h"

#include <chrono>
#include <span>
#include <utility>

#include <boost/describe.hpp>
#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/digest.h"
#include "database/videos.h"
#include "database/workers.h"
#include "pipeline/submit_task.h"
#include "pipeline/task_parameters.h"
#include "tasks/capability.h"

namespace posed::pipeline {
namespace {

namespace json = boost::json;

/// Everything that changes the result: equal texts are equal results. What is always the same today stands
/// there for the day when it can be chosen.
struct EstimationRecipe {
    std::string video_sha256;
    std::int64_t start_us = 0;
    std::int64_t duration_us = 0;
    std::int64_t rate_numerator = 0;
    std::int64_t rate_denominator = 0;
    int frame_width = 0;
    int frame_height = 0;
    std::string estimator;
    std::string weights_digest;
    std::int64_t engine_revision = 0;
    bool smoothing = true;
    std::string person_search = "tiles";
    bool everybody = false;
    bool mesh = false;
    std::string camera = "default";
};
BOOST_DESCRIBE_STRUCT(EstimationRecipe, (),
                      (video_sha256, start_us, duration_us, rate_numerator, rate_denominator, frame_width,
                       frame_height, estimator, weights_digest, engine_revision, smoothing, person_search,
                       everybody, mesh, camera))

std::string recipe_hash(const VideoRecord& video, const EstimationRequest& request, const tasks::Pins& pins) {
    const auto& [start, duration, rate] = request.selection;
    const auto frame_size = fit_into(video.displayed, request.frame_box);
    const bool everybody = request.people == People::all;
    auto recipe = json::value_from(EstimationRecipe{.video_sha256 = video.sha256,
                                                    .start_us = start.count(),
                                                    .duration_us = duration.value().count(),
                                                    .rate_numerator = rate.value().numerator,
                                                    .rate_denominator = rate.value().denominator,
                                                    .frame_width = frame_size.width,
                                                    .frame_height = frame_size.height,
                                                    .estimator = pins.estimator,
                                                    .weights_digest = pins.weights_digest,
                                                    .engine_revision = pins.engine_revision,
                                                    .everybody = everybody,
                                                    .mesh = request.mesh});
    // What could not be chosen once: left out, the recipe of all else is what it was.
    if (!everybody)
        recipe.as_object().stable_erase("everybody");
    if (!request.mesh)
        recipe.as_object().stable_erase("mesh");
    const auto text = json::serialize(recipe);
    return sha256_of(std::as_bytes(std::span(text)));
}

Result<VideoRecord> find_video(database::Transaction& transaction, std::int64_t id) {
    auto video = database::Videos(transaction).find(id);
    if (!video)
        return fail(Code::not_found, "there is no video " + std::to_string(id));
    return *std::move(video);
}

Result<> check_window(const VideoRecord& video, const Selection& selection) {
    using Seconds = std::chrono::duration<double>;
    if (video.duration && selection.start >= *video.duration)
        return fail(Code::empty_window,
                    fmt::format("the window begins at {:g} s, and the video is {:g} s long",
                                Seconds(selection.start).count(), Seconds(*video.duration).count()),
                    "begin before the video's end");
    return {};
}

Result<tasks::Pins> pins_for(database::Transaction& transaction, const std::string& estimator) {
    const auto capability =
        database::Workers(transaction).find_capability(estimate_kind, estimation_version, estimator);
    if (!capability)
        return fail(Code::estimator_unavailable, "no worker has offered the estimator " + estimator + " yet",
                    "see /estimators/ for those that are offered");
    if (capability->unavailable_reason)
        return fail(Code::estimator_unavailable,
                    "the estimator " + estimator + " cannot be used: " + *capability->unavailable_reason,
                    "see /estimators/ for those that are offered");
    return tasks::pins_of(*capability).value();
}

Result<tasks::NewTask> task_for(database::Transaction& transaction, const EstimationRequest& request) {
    const auto video = TRY(find_video(transaction, request.video_id));
    TRY(check_window(video, request.selection));
    const auto pins = TRY(pins_for(transaction, request.estimator));
    return tasks::NewTask{.kind = std::string(estimate_kind),
                          .queue = std::string(inference_queue),
                          .parameters = to_text(EstimationParameters{.selection = request.selection,
                                                                     .frame_box = request.frame_box,
                                                                     .people = request.people,
                                                                     .mesh = request.mesh,
                                                                     .description = request.description}),
                          .parameter_version = estimation_version,
                          .recipe_hash = recipe_hash(video, request, pins),
                          .pins = pins,
                          .subjects = {.video = video.id}};
}

}  // namespace

Result<tasks::Task> submit_estimation(const Stores& stores, const EstimationRequest& request,
                                      std::int64_t open_tasks_max) {
    TRY(database::check_text("the description", request.description.value_or("")));
    return submit_task(
        stores, [&](database::Transaction& transaction) { return task_for(transaction, request); },
        open_tasks_max);
}

}  // namespace posed::pipeline
