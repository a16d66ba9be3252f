#include "estimation/blazepose/tile_search.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace posed::estimation::blazepose {
namespace {

bool holds(const Region& tile, double left, double top, double right, double bottom) {
    const double half = tile.side / 2;
    return tile.center_x - half <= left && tile.center_y - half <= top && tile.center_x + half >= right &&
           tile.center_y + half >= bottom;
}

TEST(SearchTiles, ShowEveryFigureWholeAndLarge) {
    for (const Size size : {Size{1920, 1080}, {1080, 1920}, {1280, 720}, {3840, 2160}, {1000, 667}}) {
        const auto tiles = search_tiles(size);
        ASSERT_FALSE(tiles.empty());
        const Region frame{size.width / 2.0, size.height / 2.0, 2.0 * std::max(size.width, size.height), 0};
        for (const Region& tile : tiles)
            EXPECT_TRUE(holds(frame, tile.center_x - tile.side / 2, tile.center_y - tile.side / 2,
                              tile.center_x + tile.side / 2, tile.center_y + tile.side / 2));
        for (const double divisor : {1, 2, 4}) {
            // A third of the tile's side, wherever it is.
            const double figure = std::max(std::min(size.width, size.height) / divisor, 224.0) / 3;
            for (double x = 0; x + figure <= size.width; x += 11)
                for (double y = 0; y + figure <= size.height; y += 11)
                    EXPECT_TRUE(std::ranges::any_of(tiles,
                                                    [&](const Region& tile) {
                                                        return tile.side < 4 * figure &&
                                                               holds(tile, x, y, x + figure, y + figure);
                                                    }))
                        << size.width << ": " << figure << " at " << x << ' ' << y;
        }
    }
}

TEST(SearchTiles, AreAsManyAsDocumented) {
    EXPECT_EQ(search_tiles({1920, 1080}).size(), 3U + 15 + 66);
    EXPECT_EQ(search_tiles({3840, 2160}).size(), 3U + 15 + 66);
    EXPECT_EQ(search_tiles({1280, 720}).size(), 3U + 15 + 45) << "the smallest have 224 pixels";
    EXPECT_TRUE(search_tiles({200, 100}).empty());
    EXPECT_TRUE(search_tiles({224, 224}).empty()) << "the whole frame is that tile";
    EXPECT_TRUE(search_tiles({32, 18}).empty());
}

TEST(TileSearch, StartsWithAllTilesAndThenIsRationed) {
    TileSearch search({1920, 1080});
    search.next_frame();
    EXPECT_EQ(search.take_tiles().size(), 84U);
    EXPECT_TRUE(search.take_tiles().empty());
    for (int frame = 0; frame < 30; ++frame) {
        search.next_frame();
        EXPECT_EQ(search.take_tiles().size(), TileSearch::tiles_per_frame);
    }
}

TEST(TileSearch, SeesEveryTileInTurn) {
    const Size size{1920, 1080};
    TileSearch search(size);
    search.next_frame();
    EXPECT_EQ(search.take_tiles(), search_tiles(size));
    std::vector<Region> seen;
    while (seen.size() < 84) {
        search.next_frame();
        std::ranges::copy(search.take_tiles(), std::back_inserter(seen));
    }
    EXPECT_EQ(seen, search_tiles(size));
}

TEST(TileSearch, SavesUpWhileSomebodyIsFollowed) {
    TileSearch search({1920, 1080});
    search.next_frame();
    EXPECT_EQ(search.take_tiles().size(), 84U);
    for (int frame = 0; frame < 5; ++frame)
        search.next_frame();
    EXPECT_EQ(search.take_tiles().size(), 5 * TileSearch::tiles_per_frame);
    for (int frame = 0; frame < 500; ++frame)
        search.next_frame();
    EXPECT_EQ(search.take_tiles().size(), 84U);
}

TEST(TileSearch, HasNothingToSearchInASmallPicture) {
    TileSearch search({32, 18});
    search.next_frame();
    EXPECT_TRUE(search.take_tiles().empty());
}

Detection person_at(Point2 hips, float reach, float score) {
    Detection person;
    person.score = score;
    person.points[0] = hips;
    person.points[1] = {hips.x, hips.y - reach};
    return person;
}

TEST(Candidates, AreTheBestAtEachPlaceAndNoGiants) {
    const Region tile{500, 500, 200, 0};
    std::vector<Candidate> candidates;
    add_candidates({person_at({450, 500}, 40, 0.6F), person_at({550, 500}, 40, 0.7F)}, tile, candidates);
    add_candidates({person_at({455, 505}, 40, 0.8F), person_at({500, 600}, 121, 0.99F)}, tile, candidates);
    add_candidates({person_at({551, 500}, 40, 0.5F), person_at({300, 300}, 0, 0.9F)}, tile, candidates);
    const auto regions = best_regions(candidates, 4);
    ASSERT_EQ(regions.size(), 2U);
    EXPECT_EQ(regions[0].center_x, 455);
    EXPECT_EQ(regions[1].center_x, 550);
    for (int i = 0; i < 10; ++i)
        candidates.push_back({0.1F * static_cast<float>(i), {1000.0 * i, 0, 10, 0}});
    EXPECT_EQ(best_regions(candidates, 4).size(), 4U);
    EXPECT_EQ(best_regions(candidates, 4).front().center_x, 9000);
}

TEST(Suspects, AreRationedAndGivenUp) {
    TileSearch search({1920, 1080});
    std::vector<Candidate> candidates;
    for (int i = 0; i < 12; ++i)
        candidates.push_back({0.05F * static_cast<float>(i), {100.0 * i, 0, 10, 0}});
    search.suspect(candidates);
    search.suspect(candidates);
    auto due = search.take_suspects();
    ASSERT_EQ(due.size(), TileSearch::most_suspects);
    EXPECT_EQ(due.front().candidate.region.center_x, 1100) << "the best first";
    EXPECT_EQ(due.front().looks, 0);
    EXPECT_TRUE(search.take_suspects().empty());
    std::size_t looks = 0;
    for (int frame = 0; frame < 60; ++frame) {
        search.next_frame();
        looks += search.take_suspects().size();
        if (frame == 7) {
            EXPECT_EQ(looks, 8U);
        }
    }
    EXPECT_EQ(looks, 5U * 8) << "six times each in all";
    search.suspect({{0.5F, {}}});
    search.end();
    EXPECT_TRUE(search.take_suspects().empty());
}

TEST(Suspects, AreCorrectedByWhatIsSeenOfThem) {
    TileSearch search({1920, 1080});
    search.suspect({{0.5F, {100, 100, 80, 0}}, {0.6F, {500, 100, 80, 0}}});
    ASSERT_EQ(search.take_suspects().size(), 2U);
    search.correct({110, 105, 60, 0.1});
    search.correct({900, 900, 60, 0.1});
    search.next_frame();
    search.next_frame();
    const auto due = search.take_suspects();
    ASSERT_EQ(due.size(), 2U);
    EXPECT_EQ(due[0].candidate.region, (Region{500, 100, 80, 0}));
    EXPECT_EQ(due[1].candidate.region, (Region{110, 105, 60, 0.1}));
    EXPECT_EQ(due[1].looks, 1);
}

TEST(CloserLooks, DifferFromAttemptToAttempt) {
    const Region body{100, 200, 80, 1};
    const auto first = closer_looks(body, 0), second = closer_looks(body, 1), fourth = closer_looks(body, 3);
    EXPECT_EQ(first, fourth);
    EXPECT_NE(first, second);
    for (const Region& look : first) {
        EXPECT_TRUE(holds(look, 60, 160, 140, 240));
        EXPECT_EQ(look.rotation, 0);
    }
}

}  // namespace
}  // namespace posed::estimation::blazepose
