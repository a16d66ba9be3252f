// The estimator as the program uses it: sessions over decoded planes.

#include <algorithm>
#include <cmath>
#include <string>

#include <gtest/gtest.h>

#include "domain/camera.h"
#include "estimation/blazepose/blazepose_estimator.h"
#include "estimation/blazepose/person_frame.h"
#include "tests/support/pictures.h"
#include "tests/support/shared_data.h"

namespace posed::estimation::blazepose {
namespace {

using std::chrono::microseconds;

std::unique_ptr<Estimator> open(std::string_view name = "blazepose-lite") {
    return open_blazepose({.name = name, .weights = tests::blazepose_weights(), .threads = 1}).value();
}

SessionOptions options_for(Size size) {
    return {.displayed = size, .camera = default_camera(size)};
}

/// Full-range BT.601 4:2:0, cut to even size.
Canvas to_canvas(const tests::RgbPicture& picture) {
    const Size size{picture.size.width / 2 * 2, picture.size.height / 2 * 2};
    Canvas canvas(size, {.range = ColourRange::full, .siting = ChromaSiting::center});
    const auto colour = [&](int x, int y, int c) {
        return static_cast<double>(
            picture.pixels[static_cast<std::size_t>((y * picture.size.width + x) * 3 + c)]);
    };
    const auto put = [](std::uint8_t& sample, double value) {
        sample = static_cast<std::uint8_t>(std::clamp(std::round(value), 0.0, 255.0));
    };
    const auto luma = [&](int x, int y) {
        return 0.299 * colour(x, y, 0) + 0.587 * colour(x, y, 1) + 0.114 * colour(x, y, 2);
    };
    for (int y = 0; y < size.height; ++y)
        for (int x = 0; x < size.width; ++x)
            put(canvas.plane(0)[y * canvas.stride(0) + x], luma(x, y));
    for (int y = 0; y < size.height / 2; ++y) {
        for (int x = 0; x < size.width / 2; ++x) {
            double blue = 0, red = 0;
            for (int k = 0; k < 4; ++k) {
                const int px = 2 * x + k % 2, py = 2 * y + k / 2;
                blue += (colour(px, py, 2) - luma(px, py)) / 1.772 / 4;
                red += (colour(px, py, 0) - luma(px, py)) / 1.402 / 4;
            }
            put(canvas.plane(1)[y * canvas.stride(1) + x], 128 + blue);
            put(canvas.plane(2)[y * canvas.stride(2) + x], 128 + red);
        }
    }
    return canvas;
}

std::vector<PersonFrame> estimate(Estimator& estimator, Session& session, const FrameView& frame,
                                  microseconds time) {
    const auto crops = session.prepare(frame, time).value();
    return session.finish(estimator.run(crops, all_threads).value()).value();
}

std::filesystem::path still(const std::string& name) {
    return tests::shared_data() / "blazepose/golden/stills" / (name + ".png");
}

TEST(BlazePose, DescribesItself) {
    POSED_NEEDS(tests::blazepose_weights() / "pose_landmark_lite.tflite");
    const auto estimator = open();
    const auto& description = estimator->description();
    EXPECT_EQ(description.name, "blazepose-lite");
    EXPECT_EQ(description.skeleton.names.size(), 33U);
    ASSERT_EQ(description.weights.size(), 2U);
    EXPECT_EQ(description.weights[0].name, "pose_solution_packed_assets.data");
    EXPECT_EQ(description.weights[1].name, "pose_landmark_lite.tflite");
    EXPECT_GE(description.engine_revision, 1);
    EXPECT_FALSE(description.engine_version.empty());
}

TEST(BlazePose, RefusesOtherNamesAndMissingWeights) {
    const auto unknown = open_blazepose({.name = "blazepose-huge", .weights = tests::blazepose_weights()});
    ASSERT_FALSE(unknown);
    EXPECT_EQ(unknown.error().code, Code::invalid_argument);
    const tests::TemporaryFolder empty;
    const auto missing = open_blazepose({.name = "blazepose-lite", .weights = empty.path()});
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().code, Code::model_missing);
}

TEST(BlazePose, FindsAPersonInDecodedPlanes) {
    POSED_NEEDS(still("pose"));
    for (const std::string name : {"pose", "pose_rot180", "pose_rot90"}) {
        const auto canvas = to_canvas(tests::read_pictures(still(name)).front());
        const auto estimator = open();
        const auto session = estimator->open_session(options_for(canvas.size())).value();
        const auto people = estimate(*estimator, *session, canvas.view(), microseconds(0));
        ASSERT_EQ(people.size(), 1U) << name;
        const auto& person = people.front();
        EXPECT_EQ(person.track_id, 0);
        EXPECT_GT(person.bbox_confidence, 0.9F);
        ASSERT_EQ(person.keypoints_2d.size(), 33U);
        ASSERT_EQ(person.keypoints_3d.size(), 33U);
        ASSERT_EQ(person.keypoints_confidence.size(), 33U);
        EXPECT_GT(person.root_translation.z, 1) << "metres before the camera";
        EXPECT_LT(person.root_translation.z, 10);
        const auto [left, top, right, bottom] = person.bbox_xyxy;
        const Point2 nose = person.keypoints_2d[0];
        EXPECT_TRUE(left < nose.x && nose.x < right && top < nose.y && nose.y < bottom);
    }
}

TEST(BlazePose, CountsTracksAndSurvivesEmptyFrames) {
    POSED_NEEDS(still("pose"));
    const auto canvas = to_canvas(tests::read_pictures(still("pose")).front());
    Canvas grey(canvas.size(), canvas.colour());
    for (int i = 0; i < 3; ++i)
        std::fill_n(grey.plane(i), grey.stride(i) * (i == 0 ? grey.size().height : grey.size().height / 2),
                    std::uint8_t{128});
    const auto estimator = open();
    const auto session = estimator->open_session(options_for(canvas.size())).value();
    std::vector<int> tracks;
    for (int frame = 0; frame < 8; ++frame) {
        const bool empty = frame == 3 || frame == 4;
        const auto people =
            estimate(*estimator, *session, empty ? grey.view() : canvas.view(), microseconds(33'333 * frame));
        tracks.push_back(people.empty() ? -1 : people.front().track_id);
    }
    EXPECT_EQ(tracks, (std::vector<int>{0, 0, 0, -1, -1, 1, 1, 1}));
}

TEST(BlazePose, SurvivesTinyFrames) {
    POSED_NEEDS(tests::blazepose_weights() / "pose_landmark_lite.tflite");
    const auto estimator = open();
    for (const Size size : {Size{2, 2}, {32, 18}, {2, 300}, {300, 2}}) {
        Canvas canvas(size, {});
        for (int i = 0; i < 3; ++i)
            std::fill_n(canvas.plane(i), canvas.stride(i) * (i == 0 ? size.height : size.height / 2),
                        std::uint8_t{90});
        const auto session = estimator->open_session(options_for(size)).value();
        EXPECT_TRUE(estimate(*estimator, *session, canvas.view(), microseconds(0)).empty());
    }
}

TEST(BlazePose, RefusesWhatDoesNotBelongToTheSession) {
    POSED_NEEDS(tests::blazepose_weights() / "pose_landmark_lite.tflite");
    const auto estimator = open();
    const auto session = estimator->open_session(options_for({320, 240})).value();
    const Canvas other({640, 480}, {});
    EXPECT_EQ(session->prepare(other.view(), microseconds(0)).error().code, Code::corrupt_media);
    EXPECT_EQ(session->finish({Inference{}}).error().code, Code::internal);
    const Crop half{.pixels = Tensor(1000)};
    EXPECT_FALSE(estimator->run(std::span(&half, 1), all_threads));
}

/// All visible landmarks between two corners, the nose at one place.
PoseLandmarks figure(Point2 from, Point2 to, Point2 nose, Point2 hips) {
    PoseLandmarks pose{};
    for (auto& landmark : pose.image)
        landmark = {.x = from.x, .y = from.y, .z = 0, .visibility = 0.9F, .presence = 1};
    pose.image[30] = {.x = to.x, .y = to.y, .z = 0, .visibility = 0.5F, .presence = 1};
    pose.image[31] = {.x = 9999, .y = 9999, .z = 0, .visibility = 0.49F, .presence = 1};
    pose.image[0].x = nose.x, pose.image[0].y = nose.y;
    pose.image[hip_center_landmark].x = hips.x, pose.image[hip_center_landmark].y = hips.y;
    return pose;
}

TEST(BoundingBox, HasMoreRoomAtTheHead) {
    using Box = std::array<float, 4>;
    const Size frame{1000, 1000};
    EXPECT_EQ(bounding_box(figure({400, 300}, {500, 500}, {450, 310}, {450, 400}), frame),
              (Box{390, 280, 510, 510}));
    EXPECT_EQ(bounding_box(figure({400, 300}, {500, 500}, {450, 490}, {450, 400}), frame),
              (Box{390, 290, 510, 520}));
    EXPECT_EQ(bounding_box(figure({300, 400}, {500, 500}, {310, 450}, {400, 450}), frame),
              (Box{280, 390, 510, 510}));
    EXPECT_EQ(bounding_box(figure({300, 400}, {500, 500}, {490, 450}, {400, 450}), frame),
              (Box{290, 390, 520, 510}));
    EXPECT_EQ(bounding_box(figure({-50, 10}, {1200, 990}, {400, 20}, {400, 500}), frame),
              (Box{0, 0, 1000, 1000}));
}

TEST(BoundingBox, ExistsEvenWhenNothingIsVisible) {
    auto pose = figure({400, 300}, {500, 500}, {450, 310}, {450, 400});
    for (auto& landmark : pose.image)
        landmark.visibility = 0.1F;
    pose.image[31] = pose.image[30];
    EXPECT_EQ(bounding_box(pose, {1000, 1000}), (std::array<float, 4>{390, 280, 510, 510}));
}

}  // namespace
}  // namespace posed::estimation::blazepose
