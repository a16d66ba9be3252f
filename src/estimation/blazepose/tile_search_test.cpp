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

TEST(SearchTiles, CoverThePictureTwiceOver) {
    for (const Size size : {Size{1920, 1080}, {1080, 1920}, {1280, 720}, {3840, 2160}, {1000, 667}}) {
        const auto tiles = search_tiles(size);
        ASSERT_FALSE(tiles.empty());
        for (const Region& tile : tiles)
            EXPECT_TRUE(holds({size.width / 2.0, size.height / 2.0, 2.0 * std::max(size.width, size.height)},
                              tile.center_x - tile.side / 2, tile.center_y - tile.side / 2,
                              tile.center_x + tile.side / 2, tile.center_y + tile.side / 2));
        // Whatever is no larger than a quarter of the shorter side is seen whole in some tile.
        const double figure = std::min(size.width, size.height) / 4.0;
        for (double x = 0; x + figure <= size.width; x += 7)
            for (double y = 0; y + figure <= size.height; y += 7)
                EXPECT_TRUE(std::ranges::any_of(
                    tiles, [&](const Region& tile) { return holds(tile, x, y, x + figure, y + figure); }))
                    << x << ' ' << y;
    }
}

TEST(SearchTiles, AreAsManyAsDocumented) {
    EXPECT_EQ(search_tiles({1920, 1080}).size(), 24U);
    EXPECT_EQ(search_tiles({1280, 720}).size(), 24U);
    EXPECT_EQ(search_tiles({640, 360}).size(), 3U) << "half of 360 is less than the detector's 224";
    EXPECT_TRUE(search_tiles({200, 100}).empty());
    EXPECT_TRUE(search_tiles({224, 224}).empty()) << "the whole frame is that tile";
    EXPECT_TRUE(search_tiles({32, 18}).empty());
}

TEST(TileSearch, StartsWithAllTilesAndThenIsRationed) {
    TileSearch search({1920, 1080});
    search.next_frame();
    EXPECT_EQ(search.take().size(), 24U);
    EXPECT_TRUE(search.take().empty());
    for (int frame = 0; frame < 30; ++frame) {
        search.next_frame();
        EXPECT_EQ(search.take().size(), TileSearch::tiles_per_frame);
    }
}

TEST(TileSearch, SeesEveryTileInTurn) {
    const Size size{1920, 1080};
    TileSearch search(size);
    search.next_frame();
    EXPECT_EQ(search.take(), search_tiles(size));
    std::vector<Region> seen;
    while (seen.size() < 24) {
        search.next_frame();
        std::ranges::copy(search.take(), std::back_inserter(seen));
    }
    EXPECT_EQ(seen, search_tiles(size));
}

TEST(TileSearch, SavesUpWhileSomebodyIsFollowed) {
    TileSearch search({1920, 1080});
    search.next_frame();
    EXPECT_EQ(search.take().size(), 24U);
    for (int frame = 0; frame < 5; ++frame)
        search.next_frame();
    EXPECT_EQ(search.take().size(), 10U);
    for (int frame = 0; frame < 500; ++frame)
        search.next_frame();
    EXPECT_EQ(search.take().size(), 24U);
}

TEST(TileSearch, HasNothingToSearchInASmallPicture) {
    TileSearch search({32, 18});
    search.next_frame();
    EXPECT_TRUE(search.take().empty());
}

}  // namespace
}  // namespace posed::estimation::blazepose
