#include "media/deinterlace.h"

#include <cstdlib>
#include <vector>

#include <gtest/gtest.h>

namespace posed::media {
namespace {

constexpr int width = 48, height = 32;

using Samples = std::vector<std::uint8_t>;

PlaneView plane_of(const Samples& samples) {
    return {samples.data(), width, width, height};
}

/// A bright bar from `left` on, 12 wide, on the rows of one field or of both.
void draw_bar(Samples& samples, int left, int first_row, int row_step) {
    for (int y = first_row; y < height; y += row_step) {
        for (int x = left; x < left + 12; ++x)
            samples[static_cast<std::size_t>(y * width + x)] = 200;
    }
}

Samples deinterlaced(const Samples& samples, int first_row) {
    Samples out(samples.size());
    deinterlace(plane_of(samples), first_row, out.data(), width);
    return out;
}

TEST(Deinterlace, KeepsWhatStandsStill) {
    Samples still(width * height, 40);
    draw_bar(still, 10, 0, 1);
    EXPECT_EQ(deinterlaced(still, 0), still);
    EXPECT_EQ(deinterlaced(still, 1), still);
}

TEST(Deinterlace, ShowsAMovingBarWhereTheFirstFieldHasIt) {
    for (const int first : {0, 1}) {
        Samples woven(width * height, 40), wanted(width * height, 40);
        draw_bar(woven, 8, first, 2);
        draw_bar(woven, 16, 1 - first, 2);
        draw_bar(wanted, 8, 0, 1);
        const auto out = deinterlaced(woven, first);
        // The first and the last row have a neighbour on one side only, which is enough here.
        EXPECT_EQ(out, wanted) << "first row " << first;
    }
}

TEST(Deinterlace, TakesTheSmallestPlanes) {
    const Samples samples{10, 200};
    Samples out(2);
    deinterlace({samples.data(), 1, 1, 2}, 0, out.data(), 1);
    EXPECT_EQ(out[0], 10);
    EXPECT_EQ(out[1], 10);  // stands out from its only neighbour
    deinterlace({samples.data(), 2, 2, 1}, 1, out.data(), 2);
    EXPECT_EQ(out, samples);
}

}  // namespace
}  // namespace posed::media
