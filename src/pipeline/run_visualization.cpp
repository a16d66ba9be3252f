#include "pipeline/run_visualization.h"

#include <optional>
#include <utility>

#include "database/estimations.h"
#include "database/videos.h"
#include "database/visualizations.h"
#include "pipeline/new_object.h"
#include "pipeline/render_video.h"
#include "pipeline/scratch_file.h"
#include "pipeline/task_parameters.h"
#include "pipeline/task_progress.h"
#include "storage/keys.h"

namespace posed::pipeline {
namespace {

tasks::TaskResult result_of(const VisualizationRecord& visualization) {
    return {.type = std::string(visualization_result), .id = visualization.id};
}

/// The row of an equal recipe; its task may be forgotten by now.
std::optional<VisualizationRecord> find_known(const Stores& stores, const tasks::Task& task) {
    auto transaction = stores.database.read();
    return database::Visualizations(transaction).find_by_recipe(task.request.recipe_hash);
}

struct Subject {
    EstimationRecord estimation;
    VideoRecord video;
};

Result<Subject> find_subject(const Stores& stores, const tasks::Task& task) {
    const auto id = task.request.subjects.estimation.value();
    auto transaction = stores.database.read();
    auto estimation = database::Estimations(transaction).find(id);
    if (!estimation)
        return fail(Code::not_found, "the estimation " + std::to_string(id) + " is gone");
    auto video = database::Videos(transaction).find(estimation->video_id);
    return Subject{.estimation = *std::move(estimation), .video = *std::move(video)};
}

RenderOptions options_for(const VisualizationWork& work, const VideoRecord& video,
                          const VisualizationParameters& parameters) {
    return {.video_sha256 = video.sha256,
            .overlay = parameters.overlay,
            .crf = parameters.crf,
            .preset = media::preset_named(parameters.preset).value(),
            .threads = work.threads,
            .limits = work.limits};
}

VisualizationRecord record_of(const tasks::Task& task, const VisualizationParameters& parameters) {
    const auto& overlay = parameters.overlay;
    VisualizationRecord record;
    record.estimation_id = task.request.subjects.estimation.value();
    record.recipe_hash = task.request.recipe_hash;
    record.show_bbox = overlay.bbox;
    record.show_bbox_confidence = overlay.bbox_confidence;
    record.show_keypoints = overlay.keypoints;
    record.show_skeleton = overlay.skeleton;
    record.show_mesh = overlay.mesh;
    record.crf = parameters.crf;
    record.preset = parameters.preset;
    record.description = parameters.description;
    return record;
}

void count_frames(Metrics& metrics, std::int64_t frames) {
    metrics.counter("posed_frames_total", "Frames of finished runs.", {{"kind", std::string(visualize_kind)}})
        .add(static_cast<double>(frames));
}

}  // namespace

Capability visualization_capability() {
    return {.task_kind = std::string(visualize_kind), .parameter_version = visualization_version};
}

Result<tasks::TaskResult> run_visualization(const VisualizationWork& work, const tasks::Task& task,
                                            tasks::TaskRun& run) {
    if (const auto known = find_known(work.stores, task))
        return result_of(*known);
    const auto parameters = TRY(visualization_parameters_in(task.request.parameters));
    const auto [estimation, video] = TRY(find_subject(work.stores, task));
    const auto source = TRY(work.stores.objects.open(video.storage_key));
    const auto archive = TRY(work.stores.objects.open(estimation.storage_key));

    const ScratchFile drawn(work.scratch / (run.token() + ".mp4"));
    const auto report = TRY(render_video(*source, work.opener, *archive, options_for(work, video, parameters),
                                         drawn.path(), run_of(run, "rendering")));
    const auto object =
        TRY(store_file(work.stores, storage::visualization_key(task.request.recipe_hash, run.token()),
                       drawn.path(), storing_of(run)));
    auto record = record_of(task, parameters);
    record.storage_key = object.key();
    const auto result = TRY(run.commit([&](database::Transaction& transaction) -> Result<tasks::TaskResult> {
        return result_of(TRY(database::Visualizations(transaction).insert(record)).record);
    }));
    count_frames(work.metrics, report.frames);
    return result;
}

}  // namespace posed::pipeline
