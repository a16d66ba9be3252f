#include "estimation/sam3dbody/placement.h"

#include <limits>

#include <gtest/gtest.h>

namespace posed::estimation::sam3dbody {
namespace {

constexpr Size frame_size{640, 480};

TEST(PlaceCrop, RefusesBoxesInWhichNobodyCanBe) {
    const float nan = std::numeric_limits<float>::quiet_NaN(),
                infinity = std::numeric_limits<float>::infinity();
    for (const Box& box : {Box{10, 10, 10, 200}, Box{10, 10, 100, 10}, Box{100, 10, 10, 200},
                           Box{-300, 10, -100, 200}, Box{700, 10, 900, 200}, Box{10, 500, 100, 900},
                           Box{nan, 10, 100, 200}, Box{10, 10, infinity, 200}, Box{10, -90, 100, -10}}) {
        const auto placed = place_crop(box, frame_size, upstream_profile);
        ASSERT_FALSE(placed);
        EXPECT_EQ(placed.error().code, Code::invalid_argument);
        EXPECT_NE(placed.error().message.find("640x480"), std::string::npos);
    }
}

TEST(PlaceCrop, ShowsTheWholeBoxInTheMiddle) {
    const Box box{100, 50, 200, 400};
    for (const auto& profile : {upstream_profile, reference_profile}) {
        const auto placed = place_crop(box, frame_size, profile).value();
        const auto& map = placed.crop_from_frame;
        EXPECT_NEAR(map.xx * 150 + map.x0, profile.crop_width / 2.0, 1e-9);
        EXPECT_NEAR(map.yy * 225 + map.y0, profile.crop_height / 2.0, 1e-9);
        EXPECT_GT(map.xx * 100 + map.x0, removed_columns);
        EXPECT_LT(map.xx * 200 + map.x0, removed_columns + seen_columns);
        EXPECT_GT(map.yy * 50 + map.y0, 0);
        EXPECT_LT(map.yy * 400 + map.y0, profile.crop_height);
    }
}

}  // namespace
}  // namespace posed::estimation::sam3dbody
