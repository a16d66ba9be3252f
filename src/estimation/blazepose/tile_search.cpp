#include "estimation/blazepose/tile_search.h"

#include <algorithm>
#include <cmath>

#include "estimation/blazepose/body_region.h"

namespace posed::estimation::blazepose {
namespace {

/// The largest body region, in sides of the tile, that a detection in a tile may ask for.
constexpr double largest_body = 1.5;

/// How many tiles cover a length so that neighbours share a third of their side at least.
int tiles_along(int length, double side) {
    return 1 + static_cast<int>(std::ceil(std::max(length - side, 0.0) / (side * 2 / 3) - 1e-9));
}

void add_tiles(Size displayed, double side, std::vector<Region>& tiles) {
    const int columns = tiles_along(displayed.width, side), rows = tiles_along(displayed.height, side);
    const auto middle = [&](int index, int count, int length) {
        return count == 1 ? length / 2.0 : side / 2 + (length - side) * index / (count - 1);
    };
    for (int row = 0; row < rows; ++row) {
        for (int column = 0; column < columns; ++column)
            tiles.push_back({.center_x = middle(column, columns, displayed.width),
                             .center_y = middle(row, rows, displayed.height),
                             .side = side});
    }
}

bool at_one_place(const Region& one, const Region& other) {
    const double distance = std::hypot(one.center_x - other.center_x, one.center_y - other.center_y);
    return distance < 0.25 * std::min(one.side, other.side);
}

}  // namespace

std::vector<Region> search_tiles(Size displayed) {
    std::vector<Region> tiles;
    double last = std::max(displayed.width, displayed.height);
    for (const int divisor : {1, 2, 4}) {
        const double side =
            std::max(std::min(displayed.width, displayed.height) / static_cast<double>(divisor),
                     static_cast<double>(detector_crop.side));
        // A size that hardly differs from the one before would see the same again.
        if (side * 1.25 > last)
            continue;
        add_tiles(displayed, side, tiles);
        last = side;
    }
    return tiles;
}

Region tile_around(const Region& last_seen) noexcept {
    return {.center_x = last_seen.center_x, .center_y = last_seen.center_y, .side = 2.5 * last_seen.side};
}

TileSearch::TileSearch(Size displayed) : tiles_(search_tiles(displayed)), saved_(tiles_.size()) {}

void TileSearch::next_frame() noexcept {
    saved_ = std::min(saved_ + tiles_per_frame, tiles_.size());
}

std::vector<Region> TileSearch::take() {
    std::vector<Region> due;
    for (; saved_ > 0; --saved_) {
        due.push_back(tiles_[next_]);
        next_ = (next_ + 1) % tiles_.size();
    }
    return due;
}

void add_candidates(const std::vector<Detection>& people, const Region& tile,
                    std::vector<Candidate>& candidates) {
    for (const Detection& person : people) {
        const Candidate fresh{person.score, body_region(person.points[0], person.points[1])};
        if (!(fresh.region.side > 0 && fresh.region.side <= largest_body * tile.side))
            continue;
        const auto same = std::ranges::find_if(
            candidates, [&](const Candidate& other) { return at_one_place(other.region, fresh.region); });
        if (same == candidates.end())
            candidates.push_back(fresh);
        else if (fresh.score > same->score)
            *same = fresh;
    }
}

std::vector<Region> best_regions(std::vector<Candidate> candidates) {
    std::ranges::stable_sort(candidates, std::ranges::greater{}, &Candidate::score);
    std::vector<Region> regions;
    for (const Candidate& candidate : candidates) {
        if (regions.size() < most_candidates)
            regions.push_back(candidate.region);
    }
    return regions;
}

}  // namespace posed::estimation::blazepose
