#include "estimation/blazepose/landmarks.h"

#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

#include <gtest/gtest.h>

#include "estimation/blazepose/body_region.h"
#include "estimation/blazepose/detection.h"
#include "estimation/blazepose/skeleton.h"

namespace posed::estimation::blazepose {
namespace {

constexpr std::size_t cells = 64 * 64;

/// A heatmap that is sure of one cell for all landmarks, and of no other.
std::vector<float> heatmap_with_peak(int column, int row, float logit = 100) {
    std::vector<float> heatmap(cells * all_landmarks, -100);
    for (std::size_t i = 0; i < all_landmarks; ++i)
        heatmap[static_cast<std::size_t>(row * 64 + column) * all_landmarks + i] = logit;
    return heatmap;
}

Landmark refined(float x, float y, const std::vector<float>& heatmap) {
    std::array<Landmark, all_landmarks> landmarks{};
    landmarks[7] = {.x = x, .y = y, .z = 0.25F, .visibility = 0.5F, .presence = 0.5F};
    refine_by_heatmap(landmarks, heatmap);
    return landmarks[7];
}

TEST(Refinement, MovesAPointToThePeakOfItsWindow) {
    const auto heatmap = heatmap_with_peak(20, 33);
    const auto landmark = refined(22.9F / 64, 31.2F / 64, heatmap);
    EXPECT_FLOAT_EQ(landmark.x, 20.0F / 64);
    EXPECT_FLOAT_EQ(landmark.y, 33.0F / 64);
    EXPECT_EQ(landmark.z, 0.25F);
    EXPECT_FLOAT_EQ(refined(24.1F / 64, 33.0F / 64, heatmap).x, 24.1F / 64) << "the peak is out of reach";
}

TEST(Refinement, NeedsAConfidenceOfOneHalf) {
    EXPECT_FLOAT_EQ(refined(21.5F / 64, 33.5F / 64, heatmap_with_peak(20, 33, -0.1F)).x, 21.5F / 64);
    EXPECT_NE(refined(21.5F / 64, 33.5F / 64, heatmap_with_peak(20, 33, 0.1F)).x, 21.5F / 64);
}

TEST(Refinement, TreatsTheBordersAsTheOriginal) {
    EXPECT_FLOAT_EQ(refined(-0.9F / 64, 10.5F / 64, heatmap_with_peak(2, 10)).x, 2.0F / 64);
    EXPECT_FLOAT_EQ(refined(-1.0F / 64, 10.5F / 64, heatmap_with_peak(2, 10)).x, -1.0F / 64);
    EXPECT_FLOAT_EQ(refined(64.0F / 64, 10.5F / 64, heatmap_with_peak(63, 10)).x, 1.0F);
    EXPECT_FLOAT_EQ(refined(5.5F / 64, 66.5F / 64, heatmap_with_peak(5, 63)).y, 63.0F / 64);
    EXPECT_FLOAT_EQ(refined(5.5F / 64, 67.0F / 64, heatmap_with_peak(5, 63)).y, 67.0F / 64);
    EXPECT_FLOAT_EQ(refined(5.5F / 64, -1.0F / 64, heatmap_with_peak(5, 0)).y, -1.0F / 64);
}

TEST(Refinement, LeavesWhatIsNoPlaceAlone) {
    const auto heatmap = heatmap_with_peak(20, 33);
    EXPECT_TRUE(std::isnan(refined(std::nanf(""), 0.5F, heatmap).x));
    EXPECT_EQ(refined(std::numeric_limits<float>::infinity(), 0.5F, heatmap).y, 0.5F);
    EXPECT_EQ(refined(-1e30F, 0.5F, heatmap).y, 0.5F);
}

TEST(Landmarks, AreTurnedWithTheirRegion) {
    Inference inference{
        .outputs = {Tensor(195), Tensor{1}, Tensor(cells * all_landmarks, -100), Tensor(3 * all_landmarks)}};
    inference.outputs[0][0] = 256;  // the nose: right edge of the crop, half way down
    inference.outputs[0][1] = 128;
    inference.outputs[0][2] = 64;
    inference.outputs[3][0] = 0.3F;
    inference.outputs[3][2] = -0.2F;
    ASSERT_TRUE(check_outputs(inference));
    const auto pose = decode_landmarks(inference, {100, 50, 40, std::numbers::pi / 2});
    EXPECT_NEAR(pose.image[0].x, 100, 1e-4);
    EXPECT_NEAR(pose.image[0].y, 70, 1e-4);
    EXPECT_NEAR(pose.image[0].z, 10, 1e-4);
    EXPECT_NEAR(pose.world[0].x, 0, 1e-6);
    EXPECT_NEAR(pose.world[0].y, 0.3, 1e-6);
    EXPECT_NEAR(pose.world[0].z, -0.2, 1e-6);
    inference.outputs[2].pop_back();
    EXPECT_EQ(check_outputs(inference).error().code, Code::internal);
    inference.outputs.clear();
    EXPECT_EQ(check_outputs(inference).error().code, Code::internal);
}

TEST(BodyRegion, IsTurnedSoThatThePersonStandsUpright) {
    const auto upright = body_region({100, 100}, {100, 60});
    EXPECT_NEAR(upright.rotation, 0, 1e-9);
    EXPECT_NEAR(upright.side, 100, 1e-9);
    EXPECT_NEAR(body_region({0, 0}, {5, 0}).rotation, std::numbers::pi / 2, 1e-9);
    EXPECT_NEAR(body_region({0, 0}, {-5, 0}).rotation, -std::numbers::pi / 2, 1e-9);
    const double upside_down = body_region({0, 0}, {0, 5}).rotation;
    EXPECT_NEAR(std::abs(upside_down), std::numbers::pi, 1e-9);
    EXPECT_LT(upside_down, std::numbers::pi);
}

TEST(Detection, MergesWhatOverlapsByWeight) {
    std::vector<float> boxes(2254 * 12), scores(2254, -100);
    const auto put = [&](std::size_t anchor, float logit, float width) {
        scores[anchor] = logit;
        boxes[12 * anchor + 2] = boxes[12 * anchor + 3] = width;
        boxes[12 * anchor + 4] = width;  // the first point, to the right of the anchor's centre
    };
    put(0, 2, 60), put(1, 1, 80);  // the same centre
    put(1500, 3, 60);              // far away
    put(1501, -0.001F, 60);        // just below one half
    put(2000, 5, -3);              // not a box
    boxes[12 * 2001] = std::nanf("");
    scores[2001] = std::nanf("");
    const auto people = decode_detections(boxes, scores, {112, 112, 224, 0});
    ASSERT_EQ(people.size(), 2U);
    EXPECT_EQ(people[0].merged, 1);
    EXPECT_EQ(people[1].merged, 2);
    const double one = 1 / (1 + std::exp(-2.0)), other = 1 / (1 + std::exp(-1.0));
    EXPECT_NEAR(people[1].score, one, 1e-6);
    EXPECT_NEAR(people[1].right - people[1].left, (60 * one + 80 * other) / (one + other), 1e-4);
    EXPECT_NEAR(people[1].points[0].x, 4 + (60 * one + 80 * other) / (one + other), 1e-4);
}

TEST(Detection, KeepsABoxWithoutArea) {
    std::vector<float> boxes(2254 * 12), scores(2254, -100);
    scores[10] = scores[11] = 4;
    EXPECT_EQ(decode_detections(boxes, scores, {112, 112, 224, 0}).size(), 2U);
}

TEST(Skeleton, IsTheOneOfTheSpecification) {
    const auto skeleton = blazepose_skeleton();
    ASSERT_EQ(skeleton.names.size(), body_landmarks);
    EXPECT_EQ(skeleton.names[0], "nose");
    EXPECT_EQ(skeleton.names[8], "right_ear");
    EXPECT_EQ(skeleton.names[11], "left_shoulder");
    EXPECT_EQ(skeleton.names[22], "right_thumb");
    EXPECT_EQ(skeleton.names[24], "right_hip");
    EXPECT_EQ(skeleton.names[32], "right_foot_index");
    ASSERT_EQ(skeleton.links.size(), 35U);
    // Mirrored names are linked alike: what joins two left points joins the two right ones.
    const auto mirrored = [&](int point) {
        std::string name = skeleton.names[static_cast<std::size_t>(point)];
        if (const auto left = name.find("left"); left != std::string::npos)
            name.replace(left, 4, "right");
        else if (const auto right = name.find("right"); right != std::string::npos)
            name.replace(right, 5, "left");
        return static_cast<int>(std::ranges::find(skeleton.names, name) - skeleton.names.begin());
    };
    for (const auto& [from, to] : skeleton.links) {
        ASSERT_LT(mirrored(from), 33);
        const std::pair one{mirrored(from), mirrored(to)}, other{mirrored(to), mirrored(from)};
        EXPECT_TRUE(std::ranges::count(skeleton.links, one) + std::ranges::count(skeleton.links, other) == 1)
            << from << '-' << to;
    }
}

}  // namespace
}  // namespace posed::estimation::blazepose
