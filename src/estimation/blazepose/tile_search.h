#pragma once

#include <array>
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

/// Squares to look closer at somebody suspected in `body`, other ones at every attempt: in the first tile
/// that shows them, small people seem larger than they are, and the detector sees them best when they fill
/// about half of its square.
[[nodiscard]] std::array<Region, 2> closer_looks(const Region& body, int attempt) noexcept;

/// Somebody who may be there, with the region that their body would need.
struct Candidate {
    float score = 0;
    Region region;
};

/// Adds the people seen in a square, unless their bodies would be much larger than it: a square of something
/// that is no person often looks like a part of a huge one. Of two candidates at one place the better stays.
void add_candidates(const std::vector<Detection>& people, const Region& square,
                    std::vector<Candidate>& candidates);

/// The best candidates, at most `count`, best first.
[[nodiscard]] std::vector<Region> best_regions(std::vector<Candidate> candidates, std::size_t count);

/// Rations the search, which goes in two steps: tiles, in which somebody may be suspected, and closer looks
/// at suspects. Every frame earns two tiles and one suspect, and as many tiles as there are and eight
/// suspects can be saved up. So the first frame of a video, and a frame on which somebody is lost after a
/// while, is searched wholly at once; while nobody is there the tiles are searched in turn. A tile costs one
/// run of the detector, a suspect two. A suspect is looked at three times at most.
class TileSearch {
  public:
    static constexpr std::size_t tiles_per_frame = 2;
    static constexpr std::size_t suspects_per_frame = 1;
    static constexpr std::size_t most_suspects = 8;
    static constexpr int most_looks = 6;

    explicit TileSearch(Size displayed);

    /// Call it for each frame.
    void next_frame() noexcept;

    /// The tiles to search now.
    [[nodiscard]] std::vector<Region> take_tiles();

    /// Somebody was seen in a tile, or was lost there.
    void suspect(const std::vector<Candidate>& candidates);

    struct Suspect {
        Candidate candidate;
        int looks = 0;  ///< so far
    };

    /// The suspects to look at now, the least tried first.
    [[nodiscard]] std::vector<Suspect> take_suspects();

    /// The landmark network saw the suspect near `body` there, but not clearly enough.
    void correct(const Region& body);

    /// Somebody was found: no more suspects.
    void end() noexcept { suspects_.clear(); }

  private:
    [[nodiscard]] std::vector<Suspect>::iterator suspect_at(const Region& body);

    std::vector<Region> tiles_;
    std::vector<Suspect> suspects_;
    std::size_t saved_tiles_;
    std::size_t saved_suspects_ = most_suspects;
    std::size_t next_ = 0;
};

}  // namespace posed::estimation::blazepose
