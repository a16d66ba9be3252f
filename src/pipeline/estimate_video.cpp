#include "pipeline/estimate_video.h"

#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/digest.h"
#include "pipeline/expected_frames.h"

namespace posed::pipeline {
namespace {

/// Decoded frames that wait for the estimator. While the decoder fills the queue, the network leaves the
/// other processors to it; while it rests, the network has them all. Side by side, frame by frame, each
/// operator of the network would wait for a thread that the decoder keeps from running.
constexpr Lead decoded_ahead{.most = 6, .rest_until = 1};

Camera camera_for(const EstimateOptions& options, Size displayed) {
    if (options.field_of_view)
        return camera_with_field_of_view(displayed, *options.field_of_view);
    return options.camera.value_or(default_camera(displayed));
}

Recipe recipe_for(std::string sha256, const VideoInfo& video, const EstimateOptions& options,
                  const estimation::EstimatorDescription& estimator) {
    return {.video_sha256 = std::move(sha256),
            .selection = options.selection,
            .frame_size =
                fit_into(video.displayed, options.frame_box.value_or(default_frame_box(video.displayed))),
            .estimator = estimator.name,
            .smoothing = options.smoothing,
            .search = options.search,
            .people = options.people,
            .mesh = options.mesh,
            .camera = camera_for(options, video.displayed),
            .profile = estimator.profile,
            .precision = estimator.precision,
            .weights = estimator.weights,
            .engine_revision = estimator.engine_revision};
}

results::ArchiveHeader header_for(Recipe recipe, const VideoInfo& video,
                                  const estimation::EstimatorDescription& estimator) {
    return {.recipe = std::move(recipe),
            .engine_version = estimator.engine_version,
            .displayed = video.displayed,
            .coded = video.coded,
            .rotation = video.rotation,
            .time_base = video.time_base,
            .skeleton = estimator.skeleton,
            .keypoints_3d_origin = estimator.keypoints_3d_origin,
            .confidence_definition = estimator.confidence_definition};
}

/// The model as one video uses it: at once, or through a batcher's lane, on which frames wait for theirs.
class VideoInference {
  public:
    VideoInference(estimation::Estimator& estimator, std::unique_ptr<estimation::CropLane> lane)
        : estimator_(estimator), lane_(std::move(lane)) {}

    /// `may_use_all`: for a model that runs at once.
    Result<> add(std::vector<estimation::Crop> crops, const estimation::MayUseAllThreads& may_use_all) {
        if (lane_) {
            for (auto& crop : crops)
                lane_->add(std::move(crop));
        } else if (!crops.empty()) {
            done_ = TRY(estimator_.run(crops, may_use_all));
        }
        return {};
    }

    /// Whether the oldest of so many frames has to be finished before another is added. Frames with nobody
    /// count, too: they are few bytes, but may be many.
    [[nodiscard]] bool full(std::size_t frames) const {
        return !lane_ || frames >= lane_->capacity() || lane_->full();
    }

    /// Those of the oldest frame.
    Result<std::vector<estimation::Inference>> take(std::size_t crops) {
        if (!lane_)
            return std::exchange(done_, {});
        std::vector<estimation::Inference> inferences;
        for (std::size_t i = 0; i < crops; ++i)
            inferences.push_back(TRY(lane_->next()));
        return inferences;
    }

  private:
    estimation::Estimator& estimator_;
    std::unique_ptr<estimation::CropLane> lane_;
    std::vector<estimation::Inference> done_;  ///< of the one frame without a lane
};

/// Runs frames through session and model, as many at once as the model allows, and archives them in order.
class FrameEstimation {
  public:
    FrameEstimation(estimation::Session& session, VideoInference inference, results::ArchiveWriter& archive,
                    EstimateTimings& timings, std::optional<std::int64_t> expected, const Run& run)
        : session_(session),
          inference_(std::move(inference)),
          archive_(archive),
          timings_(timings),
          progress_{.done = 0, .total = expected},
          run_(run) {}

    Result<> add(const media::DecodedFrame& decoded, const estimation::MayUseAllThreads& may_use_all) {
        if (run_.stop.stop_requested())
            return fail(Code::cancelled, "stopped after " + std::to_string(progress_.done) + " frames");
        auto crops =
            TRY(timed(timings_.prepare, [&] { return session_.prepare(decoded.frame.view, decoded.time); }));
        waiting_.push_back({{decoded.pts, decoded.time}, decoded.repeats, crops.size()});
        TRY(timed(timings_.infer, [&] { return inference_.add(std::move(crops), may_use_all); }));
        while (!waiting_.empty() && inference_.full(waiting_.size()))
            TRY(finish_oldest());
        return {};
    }

    /// Archives the frames that are left.
    Result<> finish() {
        while (!waiting_.empty())
            TRY(finish_oldest());
        return run_.report({.done = progress_.done, .total = progress_.done});
    }

  private:
    struct WaitingFrame {
        results::FrameTime time;
        std::int64_t repeats;
        std::size_t crops;
    };

    Result<> finish_oldest() {
        const auto frame = waiting_.front();
        waiting_.pop_front();
        auto inferences = TRY(timed(timings_.infer, [&] { return inference_.take(frame.crops); }));
        const auto people =
            TRY(timed(timings_.finish, [&] { return session_.finish(std::move(inferences)); }));
        {
            const Stopwatch stopwatch(timings_.write);
            for (std::int64_t i = 0; i < frame.repeats; ++i)
                TRY(archive_.append(frame.time, people));
        }
        progress_.done += frame.repeats;
        return run_.report(progress_);
    }

    estimation::Session& session_;
    VideoInference inference_;
    results::ArchiveWriter& archive_;
    EstimateTimings& timings_;
    Progress progress_;
    const Run& run_;
    std::deque<WaitingFrame> waiting_;
};

/// The decoded frames, one by one, through the estimation.
Result<> estimate_frames(media::Decoder& decoder, FrameEstimation& estimation, EstimateTimings& timings) {
    Stage<media::DecodedFrame> decoded(decoded_ahead, [&decoder] { return decoder.next(); });
    const auto decoder_rests = [&decoded] { return decoded.rests(); };
    while (const auto frame = TRY(timed(timings.wait, [&] { return decoded.next(); })))
        TRY(estimation.add(*frame, decoder_rests));
    TRY(estimation.finish());
    timings.decode = decoded.busy();
    return {};
}

/// Of one video alone. Its batches are full ones, so that they do not depend on time.
std::unique_ptr<estimation::Batcher> own_batcher(estimation::Estimator& estimator, Log& log) {
    const auto size = static_cast<std::size_t>(estimator.description().batch_size);
    if (size == 1)
        return nullptr;
    return std::make_unique<estimation::Batcher>(
        estimator, estimation::BatchLimits{.size = size, .delay = std::nullopt}, log);
}

Result<> refuse_losses(const LostFrames& lost) {
    if (lost.count > 0)
        return fail(Code::frames_lost,
                    std::to_string(lost.count) + " frames are lost (" + lost.first_reason + ")",
                    "repair the file, or leave out --strict to use the frames that are left");
    return {};
}

}  // namespace

Size default_frame_box(Size displayed) noexcept {
    return displayed.height > displayed.width ? Size{1080, 1920} : Size{1920, 1080};
}

Result<EstimateReport> estimate_video(ByteSource& video, media::Opener& opener,
                                      estimation::Estimator& estimator, const EstimateOptions& options,
                                      const std::filesystem::path& target, const Run& run) {
    EstimateReport report;
    auto& timings = report.timings;
    const auto begin = std::chrono::steady_clock::now();

    const auto decoder = TRY(opener.open_decoder(video,
                                                 {.selection = options.selection,
                                                  .limits = options.limits,
                                                  .threads = options.decoder_threads,
                                                  .stop = run.stop},
                                                 run.log));
    auto sha256 = options.video_sha256.empty() ? TRY(timed(timings.hash, [&] { return sha256_of(video); }))
                                               : options.video_sha256;
    const auto recipe = recipe_for(std::move(sha256), decoder->video(), options, estimator.description());
    const auto session = TRY(estimator.open_session({.displayed = decoder->video().displayed,
                                                     .camera = recipe.camera,
                                                     .smoothing = options.smoothing,
                                                     .search = options.search,
                                                     .people = options.people,
                                                     .mesh = options.mesh}));
    const auto archive = TRY(results::create_archive(
        target, header_for(recipe, decoder->video(), estimator.description()), estimator.description().fields,
        options.mesh ? estimator.description().mesh : std::nullopt));

    const auto own = options.batcher == nullptr ? own_batcher(estimator, run.log) : nullptr;
    auto* const batcher = options.batcher == nullptr ? own.get() : options.batcher;
    FrameEstimation estimation(*session,
                               {estimator, batcher == nullptr ? nullptr : batcher->open_lane(run.stop)},
                               *archive, timings, expected_frames(decoder->video(), options.selection), run);
    TRY(estimate_frames(*decoder, estimation, timings));

    const auto lost = decoder->lost_frames();
    if (options.strict)
        TRY(refuse_losses(lost));
    report.counts = TRY(archive->finish(lost));
    timings.wall = std::chrono::steady_clock::now() - begin;
    return report;
}

}  // namespace posed::pipeline
