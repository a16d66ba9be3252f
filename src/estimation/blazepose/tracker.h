#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/result.h"
#include "domain/recipe.h"
#include "estimation/blazepose/detection.h"
#include "estimation/blazepose/landmarks.h"
#include "estimation/blazepose/network.h"
#include "estimation/blazepose/smoothing.h"
#include "estimation/blazepose/tile_search.h"
#include "estimation/estimator.h"
#include "estimation/sampling.h"

namespace posed::estimation::blazepose {

/// A person in one frame.
struct TrackedPose {
    std::int32_t track_id = 0;
    float presence = 0;        ///< the network's probability that there is a pose
    PoseLandmarks unfiltered;  ///< refined, as seen in this frame alone
    PoseLandmarks smoothed;
};

/// Follows one person through a video: looks where the last pose says the person will be, or asks the
/// detector when there was none; then smooths. For each frame in order `prepare`, then, if that gave a crop,
/// `finish` with the landmark network's outputs for it. Used by one thread at a time. Somebody who was lost
/// and is found anew gets the next `track_id`; whether it is the same person is not known.
class Tracker {
  public:
    struct Options {
        Size displayed;
        bool smoothing = true;
        PersonSearch search = PersonSearch::tiles;
    };

    /// `detector` must outlive the tracker.
    Tracker(Network& detector, const Options& options);

    /// The crop of the person for the landmark network; nothing when nobody is seen. `time` is counted from
    /// the first shown frame.
    template <class Source>
    [[nodiscard]] Result<std::optional<Crop>> prepare(Source& source, std::chrono::microseconds time) {
        begin_frame(time);
        if (!region_)
            TRY(find_somebody(source));
        if (!region_)
            return std::optional<Crop>();
        Crop crop{.pixels = Tensor(landmark_crop.values())};
        sample_crop(source, *region_, landmark_crop, crop.pixels);
        return std::optional(std::move(crop));
    }

    /// The pose in the crop; nothing when it shows none, and then the next frame starts from the detector.
    [[nodiscard]] Result<std::optional<TrackedPose>> finish(const Inference& inference);

    /// Where the next frame will be searched first; nothing: by the detector.
    [[nodiscard]] const std::optional<Region>& region() const noexcept { return region_; }

  private:
    template <class Source>
    [[nodiscard]] Result<> find_somebody(Source& source) {
        auto best = TRY(detect(source, whole_picture(options_.displayed)));
        if (!best && options_.search == PersonSearch::tiles) {
            for (const Region& tile : tile_search_.take()) {
                auto found = TRY(detect(source, tile));
                if (found && (!best || found->score > best->score))
                    best = std::move(found);
            }
        }
        if (best)
            start_track(*best);
        return {};
    }

    /// The best detection in a square of the picture.
    template <class Source>
    [[nodiscard]] Result<std::optional<Detection>> detect(Source& source, const Region& square) {
        detector_input_.resize(detector_crop.values());
        sample_crop(source, square, detector_crop, detector_input_);
        return best_detection(square);
    }

    void begin_frame(std::chrono::microseconds time);
    [[nodiscard]] Result<std::optional<Detection>> best_detection(const Region& square);
    void start_track(const Detection& detection);

    Network& detector_;
    Options options_;
    TileSearch tile_search_;
    PoseSmoother smoother_;
    std::optional<Region> region_;
    std::chrono::microseconds time_{0};
    std::int32_t track_id_ = -1;
    bool new_track_ = false;
    Tensor detector_input_;
};

}  // namespace posed::estimation::blazepose
