#include "pipeline/estimate_video.h"

#include <algorithm>
#include <iterator>
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

/// Runs frames through session and estimator, as many at once as the session allows, and archives them in
/// order.
class FrameEstimation {
  public:
    FrameEstimation(estimation::Session& session, estimation::Estimator& estimator,
                    results::ArchiveWriter& archive, EstimateTimings& timings)
        : session_(session), estimator_(estimator), archive_(archive), timings_(timings) {}

    /// `threads`: for the inference that may follow.
    Result<> add(const media::DecodedFrame& decoded, estimation::Threads threads) {
        auto crops =
            TRY(timed(timings_.prepare, [&] { return session_.prepare(decoded.frame.view, decoded.time); }));
        waiting_.push_back({{decoded.pts, decoded.time}, decoded.repeats, crops.size()});
        std::ranges::move(crops, std::back_inserter(crops_));
        if (static_cast<int>(waiting_.size()) < session_.frames_in_flight())
            return {};
        return flush(threads);
    }

    Result<> flush(estimation::Threads threads) {
        auto inferences = TRY(timed(timings_.infer, [&] { return infer(threads); }));
        auto next = inferences.begin();
        for (const auto& frame : waiting_) {
            const auto end = next + static_cast<std::ptrdiff_t>(frame.crops);
            TRY(archive(frame, {std::make_move_iterator(next), std::make_move_iterator(end)}));
            next = end;
        }
        waiting_.clear();
        crops_.clear();
        return {};
    }

  private:
    struct WaitingFrame {
        results::FrameTime time;
        std::int64_t repeats;
        std::size_t crops;
    };

    Result<std::vector<estimation::Inference>> infer(estimation::Threads threads) {
        if (crops_.empty())
            return std::vector<estimation::Inference>{};
        return estimator_.run(crops_, threads);
    }

    Result<> archive(const WaitingFrame& frame, std::vector<estimation::Inference> inferences) {
        const auto people =
            TRY(timed(timings_.finish, [&] { return session_.finish(std::move(inferences)); }));
        const Stopwatch stopwatch(timings_.write);
        for (std::int64_t i = 0; i < frame.repeats; ++i)
            TRY(archive_.append(frame.time, people));
        return {};
    }

    estimation::Session& session_;
    estimation::Estimator& estimator_;
    results::ArchiveWriter& archive_;
    EstimateTimings& timings_;
    std::vector<WaitingFrame> waiting_;
    std::vector<estimation::Crop> crops_;
};

/// The decoded frames, one by one, through the estimation.
Result<> estimate_frames(media::Decoder& decoder, FrameEstimation& estimation, const EstimateOptions& options,
                         EstimateTimings& timings, const Run& run) {
    Stage<media::DecodedFrame> decoded(decoded_ahead, [&decoder] { return decoder.next(); });
    Progress progress{.done = 0, .total = expected_frames(decoder.video(), options.selection)};
    while (true) {
        if (run.stop.stop_requested())
            return fail(Code::cancelled, "stopped after " + std::to_string(progress.done) + " frames");
        const auto frame = TRY(timed(timings.wait, [&] { return decoded.next(); }));
        if (!frame)
            break;
        TRY(estimation.add(*frame, decoded.rests() ? estimation::Threads::all : estimation::Threads::one));
        progress.done += frame->repeats;
        TRY(run.report(progress));
    }
    TRY(estimation.flush(estimation::Threads::all));
    timings.decode = decoded.busy();
    return run.report({.done = progress.done, .total = progress.done});
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

    FrameEstimation estimation(*session, estimator, *archive, timings);
    TRY(estimate_frames(*decoder, estimation, options, timings, run));

    const auto lost = decoder->lost_frames();
    if (options.strict)
        TRY(refuse_losses(lost));
    report.counts = TRY(archive->finish(lost));
    timings.wall = std::chrono::steady_clock::now() - begin;
    return report;
}

}  // namespace posed::pipeline
