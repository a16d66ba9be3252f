#include "estimation/blazepose/tile_search.h"

#include <algorithm>
#include <utility>

#include "estimation/blazepose/detection.h"

namespace posed::estimation::blazepose {
namespace {

/// How many tiles cover a length so that neighbours share half of their side at least.
int tiles_along(int length, double side) {
    int count = 1;
    while (side + (count - 1) * side / 2 < length)
        ++count;
    return count;
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

}  // namespace

std::vector<Region> search_tiles(Size displayed) {
    std::vector<Region> tiles;
    const int shorter = std::min(displayed.width, displayed.height);
    const int longer = std::max(displayed.width, displayed.height);
    for (const double side : {shorter / 1.0, shorter / 2.0}) {
        if (side >= detector_crop.side && side < longer)
            add_tiles(displayed, side, tiles);
    }
    return tiles;
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

}  // namespace posed::estimation::blazepose
