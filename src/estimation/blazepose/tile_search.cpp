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

std::array<Region, 2> closer_looks(const Region& body, int attempt) noexcept {
    constexpr std::array<std::array<double, 2>, 3> factors = {{{1.2, 1.8}, {1.0, 1.5}, {1.35, 2.2}}};
    const auto look = [&](double factor) {
        return Region{.center_x = body.center_x, .center_y = body.center_y, .side = factor * body.side};
    };
    const auto& [near, far] = factors[static_cast<std::size_t>(attempt) % factors.size()];
    return {look(near), look(far)};
}

void add_candidates(const std::vector<Detection>& people, const Region& square,
                    std::vector<Candidate>& candidates) {
    for (const Detection& person : people) {
        const Candidate fresh{person.score, body_region(person.points[0], person.points[1])};
        if (!(fresh.region.side > 0 && fresh.region.side <= largest_body * square.side))
            continue;
        const auto same = std::ranges::find_if(
            candidates, [&](const Candidate& other) { return at_one_place(other.region, fresh.region); });
        if (same == candidates.end())
            candidates.push_back(fresh);
        else if (fresh.score > same->score)
            *same = fresh;
    }
}

std::vector<Region> best_regions(std::vector<Candidate> candidates, std::size_t count) {
    std::ranges::stable_sort(candidates, std::ranges::greater{}, &Candidate::score);
    candidates.resize(std::min(candidates.size(), count));
    std::vector<Region> regions;
    for (const Candidate& candidate : candidates)
        regions.push_back(candidate.region);
    return regions;
}

TileSearch::TileSearch(Size displayed) : tiles_(search_tiles(displayed)), saved_tiles_(tiles_.size()) {}

void TileSearch::next_frame() noexcept {
    saved_tiles_ = std::min(saved_tiles_ + tiles_per_frame, tiles_.size());
    saved_suspects_ = std::min(saved_suspects_ + suspects_per_frame, most_suspects);
}

std::vector<Region> TileSearch::take_tiles() {
    std::vector<Region> due;
    for (; saved_tiles_ > 0; --saved_tiles_) {
        due.push_back(tiles_[next_]);
        next_ = (next_ + 1) % tiles_.size();
    }
    return due;
}

std::vector<TileSearch::Suspect>::iterator TileSearch::suspect_at(const Region& body) {
    return std::ranges::find_if(
        suspects_, [&](const Suspect& known) { return at_one_place(known.candidate.region, body); });
}

void TileSearch::suspect(const std::vector<Candidate>& candidates) {
    for (const Candidate& fresh : candidates) {
        if (suspect_at(fresh.region) == suspects_.end())
            suspects_.push_back({fresh, 0});
    }
    std::ranges::stable_sort(suspects_, std::ranges::greater{},
                             [](const Suspect& suspect) { return suspect.candidate.score; });
    suspects_.resize(std::min(suspects_.size(), most_suspects));
}

std::vector<TileSearch::Suspect> TileSearch::take_suspects() {
    std::ranges::stable_sort(suspects_, {}, &Suspect::looks);
    std::erase_if(suspects_, [](const Suspect& suspect) { return suspect.looks >= most_looks; });
    std::vector<Suspect> due;
    for (Suspect& suspect : suspects_) {
        if (saved_suspects_ == 0)
            break;
        --saved_suspects_;
        due.push_back(suspect);
        ++suspect.looks;
    }
    return due;
}

void TileSearch::correct(const Region& body) {
    if (const auto known = suspect_at(body); known != suspects_.end())
        known->candidate.region = body;
}

}  // namespace posed::estimation::blazepose
