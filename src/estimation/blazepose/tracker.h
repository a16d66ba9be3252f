#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
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
/// detector when there was none; then smooths. For each frame in order `prepare`, then `finish` with the
/// landmark network's outputs for the crops. Used by one thread at a time. Somebody who was lost and is found
/// anew gets the next `track_id`; whether it is the same person is not known.
///
/// When nobody is being followed, the detector sees the whole frame and its best detection becomes the crop.
/// If it sees nobody there (or somebody who turned out to be none in the frame before), and tiles may be
/// searched, the best of what it sees in tiles becomes several crops, and the landmark network decides: in
/// tiles, things that are no person are taken for one more often, so a track that starts there must be beyond
/// doubt.
class Tracker {
  public:
    struct Options {
        Size displayed;
        bool smoothing = true;
        PersonSearch search = PersonSearch::tiles;
    };

    /// `detector` must outlive the tracker.
    Tracker(Network& detector, const Options& options);

    /// What the landmark network is to be shown; nothing when nobody is seen. `time` is counted from the
    /// first shown frame.
    template <class Source>
    [[nodiscard]] Result<std::vector<Crop>> prepare(Source& source, std::chrono::microseconds time) {
        begin_frame(time);
        if (regions_.empty())
            TRY(find_somebody(source));
        std::vector<Crop> crops(regions_.size());
        for (std::size_t i = 0; i < crops.size(); ++i) {
            crops[i].pixels.resize(landmark_crop.values());
            sample_crop(source, regions_[i], landmark_crop, crops[i].pixels);
        }
        return crops;
    }

    /// Begins to follow somebody whom a detector saw. False for a person without a place that could be
    /// looked at.
    [[nodiscard]] bool follow(const Detection& person);

    /// The people in the whole picture, best first.
    template <class Source>
    [[nodiscard]] Result<std::vector<Detection>> look_around(Source& source) {
        return detect(source, whole_picture(options_.displayed));
    }

    /// Whom the last search saw in the whole picture besides the one who is followed since.
    [[nodiscard]] std::span<const Detection> others_seen() const noexcept { return others_; }

    /// The pose in the crops; nothing when they show none, and then the next frame starts from the detector.
    [[nodiscard]] Result<std::optional<TrackedPose>> finish(std::span<const Inference> inferences);

    /// Where the next frame will be searched first; nothing: by the detector.
    [[nodiscard]] std::optional<Region> region() const {
        return regions_.empty() ? std::nullopt : std::optional(regions_.front());
    }

  private:
    template <class Source>
    [[nodiscard]] Result<> find_somebody(Source& source) {
        new_track_ = true;
        const auto people = TRY(look_around(source));
        if (!people.empty() && !std::exchange(doubted_, false)) {
            look_at(people.front());
            others_.assign(people.begin() + 1, people.end());
            return {};
        }
        if (options_.search != PersonSearch::tiles)
            return {};
        for (const Region& tile : tile_search_.take_tiles()) {
            std::vector<Candidate> candidates;
            add_candidates(TRY(detect(source, tile)), tile, candidates);
            tile_search_.suspect(candidates);
        }
        std::vector<Candidate> candidates;
        for (const auto& [suspect, looks] : tile_search_.take_suspects()) {
            for (const Region& look : closer_looks(suspect.region, looks))
                add_candidates(TRY(detect(source, look)), look, candidates);
        }
        look_at(std::move(candidates));
        return {};
    }

    /// The people in a square of the picture.
    template <class Source>
    [[nodiscard]] Result<std::vector<Detection>> detect(Source& source, const Region& square) {
        detector_input_.resize(detector_crop.values());
        sample_crop(source, square, detector_crop, detector_input_);
        return run_detector(square);
    }

    void begin_frame(std::chrono::microseconds time);
    [[nodiscard]] Result<std::vector<Detection>> run_detector(const Region& square);
    void look_at(const Detection& person);
    void look_at(std::vector<Candidate> candidates);
    [[nodiscard]] std::optional<std::size_t> choose(std::span<const Inference> inferences) const;
    void lose_track(std::span<const Inference> inferences);

    Network& detector_;
    Options options_;
    TileSearch tile_search_;
    PoseSmoother smoother_;
    std::vector<Region> regions_;  ///< of the crops; between frames, where the next frame will look
    bool from_tiles_ = false;      ///< how the regions were found
    bool new_track_ = true;
    int settling_ = 0;      ///< frames for which a region from a tile is still rough
    bool doubted_ = false;  ///< what the detector saw in the whole of the last frame was no person
    std::chrono::microseconds time_{0};
    std::int32_t track_id_ = -1;
    std::vector<Detection> others_;
    Tensor detector_input_;
};

}  // namespace posed::estimation::blazepose
