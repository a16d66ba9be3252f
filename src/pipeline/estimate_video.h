#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "base/byte_source.h"
#include "base/result.h"
#include "domain/recipe.h"
#include "domain/video.h"
#include "estimation/batcher.h"
#include "estimation/estimator.h"
#include "media/opener.h"
#include "pipeline/run.h"
#include "pipeline/stage.h"
#include "results/archive.h"

namespace posed::pipeline {

/// 1920x1080, or 1080x1920 for an upright picture.
[[nodiscard]] Size default_frame_box(Size displayed) noexcept;

struct EstimateOptions {
    std::string video_sha256;  ///< of the video's bytes where that is known; empty: it is computed
    Selection selection;
    std::optional<Size> frame_box;        ///< nothing: `default_frame_box`
    std::optional<Camera> camera;         ///< nothing: `default_camera`
    std::optional<double> field_of_view;  ///< degrees along the larger side; instead of `camera`
    bool smoothing = true;
    PersonSearch search = PersonSearch::tiles;
    People people = People::one;
    bool mesh = false;    ///< store the body's surface
    bool strict = false;  ///< a lost frame is an error
    int decoder_threads = 1;
    MediaLimits limits;

    /// What runs the estimator's crops together with those of other videos. Nothing: those of this one alone,
    /// in batches that are the same from run to run.
    estimation::Batcher* batcher = nullptr;
};

/// Seconds of work by step; steps overlap, so they add up to more than `wall`.
struct EstimateTimings {
    Seconds wall{0}, hash{0}, decode{0}, wait{0}, prepare{0}, infer{0}, finish{0}, write{0};
};

struct EstimateReport {
    results::ArchiveCounts counts;
    EstimateTimings timings;
};

/// hash -> open -> decode -> estimate -> archive. Decodes on a thread of its own, estimates and writes on the
/// caller's; an estimator that works in batches runs on the batcher's. `target` appears only when all is
/// done; on an error, or when the run is stopped (Code::cancelled), nothing is left. Memory does not depend
/// on the video's length.
[[nodiscard]] Result<EstimateReport> estimate_video(ByteSource& video, media::Opener& opener,
                                                    estimation::Estimator& estimator,
                                                    const EstimateOptions& options,
                                                    const std::filesystem::path& target, const Run& run);

}  // namespace posed::pipeline
