#include "pipeline/submit_visualization.h"

#include <span>
#include <utility>

#include <boost/describe.hpp>
#include <boost/json.hpp>

#include "base/digest.h"
#include "database/estimations.h"
#include "pipeline/submit_task.h"
#include "pipeline/task_parameters.h"

namespace posed::pipeline {
namespace {

namespace json = boost::json;

/// Everything that changes the result: equal texts are equal results.
struct VisualizationRecipe {
    std::string estimation;
    bool bbox = false;
    bool bbox_confidence = false;
    bool keypoints = false;
    bool skeleton = false;
    bool mesh = false;
    int crf = 0;
    std::string preset;
    int drawing_revision = 0;
};
BOOST_DESCRIBE_STRUCT(VisualizationRecipe, (),
                      (estimation, bbox, bbox_confidence, keypoints, skeleton, mesh, crf, preset,
                       drawing_revision))

std::string recipe_hash(const EstimationRecord& estimation, const VisualizationRequest& request) {
    const auto& overlay = request.overlay;
    auto recipe = json::value_from(VisualizationRecipe{.estimation = estimation.recipe_hash,
                                                       .bbox = overlay.bbox,
                                                       .bbox_confidence = overlay.bbox_confidence,
                                                       .keypoints = overlay.keypoints,
                                                       .skeleton = overlay.skeleton,
                                                       .mesh = overlay.mesh,
                                                       .crf = request.crf,
                                                       .preset = request.preset,
                                                       .drawing_revision = rendering::drawing_revision});
    // What could not be chosen once: left out, the recipe of all else is what it was.
    if (!overlay.mesh)
        recipe.as_object().stable_erase("mesh");
    const auto text = json::serialize(recipe);
    return sha256_of(std::as_bytes(std::span(text)));
}

Result<tasks::NewTask> task_for(database::Transaction& transaction, const VisualizationRequest& request) {
    const auto estimation = database::Estimations(transaction).find(request.estimation_id);
    if (!estimation)
        return fail(Code::not_found, "there is no estimation " + std::to_string(request.estimation_id));
    return tasks::NewTask{.kind = std::string(visualize_kind),
                          .queue = std::string(rendering_queue),
                          .parameters = to_text(VisualizationParameters{.overlay = request.overlay,
                                                                        .crf = request.crf,
                                                                        .preset = request.preset,
                                                                        .description = request.description}),
                          .parameter_version = visualization_version,
                          .recipe_hash = recipe_hash(*estimation, request),
                          .pins = {},
                          .subjects = {.video = estimation->video_id, .estimation = estimation->id}};
}

}  // namespace

Result<tasks::Task> submit_visualization(const Stores& stores, const VisualizationRequest& request,
                                         std::int64_t open_tasks_max) {
    TRY(database::check_text("the description", request.description.value_or("")));
    return submit_task(
        stores, [&](database::Transaction& transaction) { return task_for(transaction, request); },
        open_tasks_max);
}

}  // namespace posed::pipeline
