#pragma once

#include <cstddef>
#include <vector>

#include "domain/geometry.h"
#include "estimation/blazepose/detection.h"
#include "estimation/sampling.h"

/// The search for people who are too small for the detector in the whole frame.
namespace posed::estimation::blazepose {

/// Squares of the picture whose sides are its shorter side, a half and a quarter of it (but never less than
/// the detector's 224 pixels), each overlapping the next by a third or more. A frame of 1920x1080 has 3 + 15
/// + 66.
[[nodiscard]] std::vector<Region> search_tiles(Size displayed);

/// A square around the place where somebody was last seen, in which they would be about as large as the
/// detector likes it.
[[nodiscard]] Region tile_around(const Region& last_seen) noexcept;

/// Rations the search. Every frame earns `tiles_per_frame` tiles, and as many as there are can be saved up.
/// So the first frame of a video, and a frame on which somebody is lost after a while, is searched wholly at
/// once; while nobody is there the tiles are searched in turn, a few per frame. A tile costs one run of the
/// detector.
class TileSearch {
  public:
    static constexpr std::size_t tiles_per_frame = 4;

    explicit TileSearch(Size displayed);

    /// Call it for each frame.
    void next_frame() noexcept;

    /// The tiles to search now.
    [[nodiscard]] std::vector<Region> take();

  private:
    std::vector<Region> tiles_;
    std::size_t saved_;
    std::size_t next_ = 0;
};

/// Somebody seen in a tile, with the region to look at.
struct Candidate {
    float score = 0;
    Region region;
};

/// How many candidates of a frame the landmark network is shown at most.
inline constexpr std::size_t most_candidates = 4;

/// Adds the people seen in a tile, unless their bodies would be much larger than the tile: a tile of
/// something that is no person often looks like a part of a huge one. Of two candidates at one place the
/// better stays.
void add_candidates(const std::vector<Detection>& people, const Region& tile,
                    std::vector<Candidate>& candidates);

/// The best candidates, at most `most_candidates`, best first.
[[nodiscard]] std::vector<Region> best_regions(std::vector<Candidate> candidates);

}  // namespace posed::estimation::blazepose
