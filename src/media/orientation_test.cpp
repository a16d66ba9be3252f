#include "media/orientation.h"

#include <cmath>

#include <gtest/gtest.h>

namespace posed::media {
namespace {

std::array<std::int32_t, 9> matrix(double a, double b, double c, double d) {
    const auto fixed = [](double value) { return static_cast<std::int32_t>(std::lround(value * 65536)); };
    return {fixed(a), fixed(b), 0, fixed(c), fixed(d), 0, 0, 0, 1 << 30};
}

TEST(Orientation, IsTheNearestRightAngle) {
    for (const int degrees : {0, 90, 180, 270}) {
        for (const double off : {-40.0, 0.0, 40.0}) {
            const double angle = (degrees + off) * M_PI / 180;
            const double cosine = std::cos(angle), sine = std::sin(angle);
            const auto turned = orientation_of(matrix(cosine, sine, -sine, cosine));
            ASSERT_TRUE(turned);
            EXPECT_EQ(turned->rotation(), degrees) << off;
            EXPECT_FALSE(turned->mirrored());
            // The turn, then x' = -x.
            const auto mirrored = orientation_of(matrix(-cosine, sine, sine, cosine));
            ASSERT_TRUE(mirrored);
            EXPECT_EQ(mirrored->rotation(), degrees) << off;
            EXPECT_TRUE(mirrored->mirrored());
        }
    }
    EXPECT_FALSE(orientation_of(matrix(0, 0, 0, 0)));
}

TEST(Orientation, StretchesTheWidthByThePixelAspectFirst) {
    const Orientation upright, quarter{.a = 0, .b = 1, .c = -1, .d = 0};
    EXPECT_EQ(displayed_size({720, 576}, {64, 45}, upright), (Size{1024, 576}));
    EXPECT_EQ(displayed_size({720, 576}, {64, 45}, quarter), (Size{576, 1024}));
    EXPECT_EQ(displayed_size({720, 576}, {0, 1}, upright), (Size{720, 576}));
    EXPECT_EQ(displayed_size({720, 576}, {1, 100'000}, upright), (Size{720, 576}));
    EXPECT_EQ(displayed_size({720, 576}, {100'000, 1}, upright), (Size{720, 576}));
}

TEST(Orientation, MapsTheCornersOfTheDisplayedPictureOntoTheCodedOnes) {
    const Orientation quarter{.a = 0, .b = 1, .c = -1, .d = 0};
    const auto affine = coded_from_displayed({100, 60}, {60, 200}, quarter);
    // Turned clockwise, the displayed upper right corner is the coded upper left one.
    EXPECT_NEAR(affine.xx * 60 + affine.xy * 0 + affine.x0, 0, 1e-9);
    EXPECT_NEAR(affine.yx * 60 + affine.yy * 0 + affine.y0, 0, 1e-9);
    EXPECT_NEAR(affine.xx * 60 + affine.xy * 200 + affine.x0, 100, 1e-9);
    EXPECT_NEAR(affine.yx * 0 + affine.yy * 200 + affine.y0, 60, 1e-9);
}

}  // namespace
}  // namespace posed::media
