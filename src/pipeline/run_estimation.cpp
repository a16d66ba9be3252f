#include "pipeline/run_estimation.h"

#include <optional>
#include <utility>

#include "database/estimations.h"
#include "database/videos.h"
#include "pipeline/estimate_video.h"
#include "pipeline/new_object.h"
#include "pipeline/scratch_file.h"
#include "pipeline/task_parameters.h"
#include "pipeline/task_progress.h"
#include "storage/keys.h"

namespace posed::pipeline {
namespace {

tasks::TaskResult result_of(const EstimationRecord& estimation) {
    return {.type = std::string(estimation_result), .id = estimation.id};
}

/// The row of an equal recipe; its task may be forgotten by now.
std::optional<EstimationRecord> find_known(const Stores& stores, const tasks::Task& task) {
    auto transaction = stores.database.read();
    return database::Estimations(transaction).find_by_recipe(task.request.recipe_hash);
}

Result<VideoRecord> find_video(const Stores& stores, const tasks::Task& task) {
    const auto id = task.request.subjects.video.value();
    auto transaction = stores.database.read();
    auto video = database::Videos(transaction).find(id);
    if (!video)
        return fail(Code::not_found, "the video " + std::to_string(id) + " is gone");
    return *std::move(video);
}

/// Tasks come only to workers that announced their pins, so a missing one is our mistake.
const LoadedEstimator& estimator_for(const Estimators& estimators, const tasks::Task& task) {
    return estimators.find(task.request.pins.value().estimator)->second;
}

EstimateOptions options_for(const EstimationWork& work, const VideoRecord& video,
                            const EstimationParameters& parameters, estimation::Batcher* batcher) {
    return {.video_sha256 = video.sha256,
            .selection = parameters.selection,
            .frame_box = parameters.frame_box,
            .camera = {},
            .field_of_view = {},
            .people = parameters.people,
            .mesh = parameters.mesh,
            .decoder_threads = work.decoder_threads,
            .limits = work.limits,
            .batcher = batcher};
}

EstimationRecord record_of(const VideoRecord& video, const tasks::Task& task,
                           const EstimationParameters& parameters, const std::string& engine_version,
                           const results::ArchiveCounts& counts) {
    using Seconds = std::chrono::duration<double>;
    const auto& pins = task.request.pins.value();
    const auto& [start, duration, rate] = parameters.selection;
    EstimationRecord record;
    record.video_id = video.id;
    record.recipe_hash = task.request.recipe_hash;
    record.estimator = pins.estimator;
    record.weights_digest = pins.weights_digest;
    record.engine_revision = static_cast<int>(pins.engine_revision);
    record.engine_version = engine_version;
    record.requested_size = parameters.frame_box;
    record.requested_fps = rate.value().value();
    record.skip_start_seconds = Seconds(start).count();
    record.duration_seconds = Seconds(duration.value()).count();
    record.frame_count = counts.frames;
    record.person_frame_count = counts.person_frames;
    record.lost_frame_count = counts.lost.count;
    record.include_mesh = parameters.mesh;
    record.description = parameters.description;
    return record;
}

void count_frames(Metrics& metrics, const results::ArchiveCounts& counts) {
    metrics.counter("posed_frames_total", "Frames of finished runs.", {{"kind", std::string(estimate_kind)}})
        .add(static_cast<double>(counts.frames));
}

}  // namespace

Capability capability_of(const estimation::EstimatorDescription& estimator) {
    return {.task_kind = std::string(estimate_kind),
            .parameter_version = estimation_version,
            .estimator = estimator.name,
            .weights_digest = digest_of(estimator.weights, estimator.precision, estimator.profile),
            .engine_revision = estimator.engine_revision};
}

Capability missing_capability(const std::string& estimator, const Error& why) {
    return {.task_kind = std::string(estimate_kind),
            .parameter_version = estimation_version,
            .estimator = estimator,
            .unavailable_reason = why.message};
}

Result<tasks::TaskResult> run_estimation(const EstimationWork& work, const tasks::Task& task,
                                         tasks::TaskRun& run) {
    if (const auto known = find_known(work.stores, task))
        return result_of(*known);
    const auto parameters = TRY(estimation_parameters_in(task.request.parameters));
    const auto video = TRY(find_video(work.stores, task));
    const auto source = TRY(work.stores.objects.open(video.storage_key));
    const auto& [estimator, batcher] = estimator_for(work.estimators, task);

    const ScratchFile archive(work.scratch / (run.token() + ".safetensors"));
    const auto report = TRY(estimate_video(*source, work.opener, *estimator,
                                           options_for(work, video, parameters, batcher.get()),
                                           archive.path(), run_of(run, "estimating")));
    const auto object =
        TRY(store_file(work.stores, storage::estimation_key(task.request.recipe_hash, run.token()),
                       archive.path(), storing_of(run)));
    auto record = record_of(video, task, parameters, estimator->description().engine_version, report.counts);
    record.storage_key = object.key();
    const auto result = TRY(run.commit([&](database::Transaction& transaction) -> Result<tasks::TaskResult> {
        return result_of(TRY(database::Estimations(transaction).insert(record)).record);
    }));
    count_frames(work.metrics, report.counts);
    return result;
}

}  // namespace posed::pipeline
