#pragma once

#include <cstddef>
#include <vector>

#include "domain/geometry.h"
#include "estimation/sampling.h"

namespace posed::estimation::blazepose {

/// Squares of the picture in which to look for people who are too small for the detector in the whole frame:
/// first of the picture's shorter side, then of half of it, each overlapping the next by half or more. None
/// is smaller than the detector's 224 pixels. A 16:9 frame of at least 448 lines has 3 + 21 tiles.
[[nodiscard]] std::vector<Region> search_tiles(Size displayed);

/// Rations the search. Every frame earns `tiles_per_frame` searches, and as many as there are tiles can be
/// saved up. So the first frame of a video, and a frame on which somebody is lost after a while, is searched
/// wholly at once; while nobody is there, the tiles are searched in turn, a few per frame. A search of one
/// tile costs one run of the detector.
class TileSearch {
  public:
    static constexpr std::size_t tiles_per_frame = 2;

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

}  // namespace posed::estimation::blazepose
