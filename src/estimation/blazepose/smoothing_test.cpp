#include "estimation/blazepose/smoothing.h"

#include <array>

#include <gtest/gtest.h>

namespace posed::estimation::blazepose {
namespace {

using std::chrono::microseconds;

TEST(OneEuroFilter, FollowsItsFormula) {
    OneEuroFilter filter({.least_cutoff = 0.5, .beta = 2});
    std::array<float, 1> value = {10};
    filter.apply(microseconds(1'000'000), 0.25, value);
    EXPECT_EQ(value[0], 10);
    value[0] = 12;
    filter.apply(microseconds(1'100'000), 0.25, value);
    // By hand: rate 10/s, speed 2 * 0.25 * 10 = 5; its weight 1/(1 + 10/(2 pi)) = 0.385869; smoothed speed
    // 1.929347; cutoff 4.358694; weight 1/(1 + 10/(2 pi 4.358694)) = 0.732519.
    EXPECT_NEAR(value[0], 10 + 2 * 0.732519, 1e-5);
    value[0] = 12;
    filter.apply(microseconds(1'200'000), 0.25, value);
    // The speed is between raw values: 0. Smoothed 1.184874, cutoff 2.869748, weight 0.643250.
    EXPECT_NEAR(value[0], 11.465038 + (12 - 11.465038) * 0.643250, 1e-5);
}

TEST(OneEuroFilter, LeavesValuesAloneWhenTimeStandsStill) {
    OneEuroFilter filter({.least_cutoff = 0.05, .beta = 0});
    std::array<float, 1> value = {1};
    filter.apply(microseconds(0), 1, value);
    value[0] = 5;
    filter.apply(microseconds(50), 1, value);
    EXPECT_EQ(value[0], 5) << "a first time of 0 counts for nothing";
    value[0] = 9;
    filter.apply(microseconds(50), 1, value);
    EXPECT_EQ(value[0], 9);
    filter.apply(microseconds(33'050), 1, value);
    EXPECT_LT(value[0], 5.1F);
    filter.reset();
    value[0] = 9;
    filter.apply(microseconds(66'050), 1, value);
    EXPECT_EQ(value[0], 9);
}

TEST(LowPassFilter, BlendsOneTenth) {
    LowPassFilter filter;
    std::array<float, 1> value = {1};
    filter.apply(value);
    EXPECT_EQ(value[0], 1);
    value[0] = 0;
    filter.apply(value);
    EXPECT_FLOAT_EQ(value[0], 0.9F);
}

/// A body of 100 pixels that has moved by `shift` pixels and metres.
PoseLandmarks body(float shift) {
    PoseLandmarks pose{};
    for (auto& landmark : pose.image)
        landmark = {.x = shift, .y = shift, .z = shift, .visibility = shift / 100, .presence = 1};
    pose.image[circle_landmark].y = shift - 50;
    for (auto& place : pose.world)
        place = {shift, shift, shift};
    return pose;
}

TEST(PoseSmoother, FiltersOnlyTheNextRegionWhenSmoothingIsOff) {
    PoseSmoother smoother(false);
    auto first = body(0), second = body(10);
    smoother.apply(first, microseconds(1'000'000));
    smoother.apply(second, microseconds(1'033'000));
    EXPECT_EQ(second.image[0].x, 10);
    EXPECT_EQ(second.image[0].visibility, 0.1F);
    EXPECT_EQ(second.world[5].z, 10);
    EXPECT_LT(second.image[hip_center_landmark].x, 10);
    EXPECT_GT(second.image[circle_landmark].y, -50);
}

TEST(PoseSmoother, KeepsWhatTheOriginalKeepsWhenAPoseIsLost) {
    PoseSmoother smoother(true);
    auto first = body(0), second = body(10);
    smoother.apply(first, microseconds(1'000'000));
    smoother.pose_lost();
    smoother.apply(second, microseconds(1'033'000));
    EXPECT_EQ(second.image[0].x, 10) << "pixels start anew";
    EXPECT_EQ(second.image[hip_center_landmark].x, 10);
    EXPECT_LT(second.world[0].x, 10) << "metres do not";
    EXPECT_FLOAT_EQ(second.image[0].visibility, 0.01F) << "nor does visibility";
}

TEST(PoseSmoother, PassesPixelsOfABodyWithoutSize) {
    PoseSmoother smoother(true);
    auto first = body(0), second = body(10);
    smoother.apply(first, microseconds(1'000'000));
    second.image[circle_landmark] = second.image[hip_center_landmark];
    smoother.apply(second, microseconds(1'033'000));
    EXPECT_EQ(second.image[0].x, 10);
    EXPECT_EQ(second.image[hip_center_landmark].x, 10);
}

}  // namespace
}  // namespace posed::estimation::blazepose
