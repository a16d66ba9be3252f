// The whole estimator against the real MediaPipe, and every step of it against stored numbers. Everything
// goes through RGB24, which is what the peer was given. Limits: the specification's, section 9.

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <iterator>
#include <memory>
#include <numbers>
#include <string>
#include <vector>

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "estimation/blazepose/body_region.h"
#include "estimation/blazepose/tracker.h"
#include "tests/support/pictures.h"
#include "tests/support/safetensors.h"
#include "tests/support/shared_data.h"

namespace posed::estimation::blazepose {
namespace {

using std::chrono::microseconds;
using tests::RgbPicture;

struct LandmarkModel {
    NetworkKind kind;
    std::string name;
};

const std::array<LandmarkModel, 3> models = {{{NetworkKind::landmark_lite, "lite"},
                                              {NetworkKind::landmark_full, "full"},
                                              {NetworkKind::landmark_heavy, "heavy"}}};

const std::array<std::string, 7> stills_with_people = {"pose",        "squat",   "arms_up",   "pose_rot90",
                                                       "pose_rot180", "cropped", "two_people"};

std::filesystem::path golden() {
    return tests::shared_data() / "blazepose/golden";
}

std::unique_ptr<Network> open(NetworkKind kind) {
    const auto file = open_network_file(tests::blazepose_weights(), kind).value();
    return Network::open(*file, kind, 1).value();
}

boost::json::value read_json(const std::filesystem::path& path) {
    std::ifstream stream(path);
    return boost::json::parse(std::string(std::istreambuf_iterator<char>(stream), {}));
}

Rgb24Source source_of(const RgbPicture& picture) {
    return {picture.pixels.data(), picture.size.width * std::ptrdiff_t{3}, picture.size};
}

Region region_of(const double* cx_cy_side_rotation) {
    return {cx_cy_side_rotation[0], cx_cy_side_rotation[1], cx_cy_side_rotation[2], cx_cy_side_rotation[3]};
}

/// The largest difference of two regions in pixels and, turned into pixels of their rim, in rotation.
double difference(const Region& one, const Region& other) {
    const double turn = std::remainder(one.rotation - other.rotation, 2 * std::numbers::pi);
    return std::max({std::abs(one.center_x - other.center_x), std::abs(one.center_y - other.center_y),
                     std::abs(one.side - other.side), std::abs(turn) * other.side / 2});
}

/// One person of the peer: 33 x (x, y, z, visibility), of the picture in fractions, of the world in metres.
struct PeerPose {
    std::array<std::array<double, 4>, body_landmarks> image;
    std::array<std::array<double, 4>, body_landmarks> world;
};

std::array<std::array<double, 4>, body_landmarks> peer_landmarks(const boost::json::value& list) {
    std::array<std::array<double, 4>, body_landmarks> landmarks;
    for (std::size_t i = 0; i < body_landmarks; ++i)
        for (std::size_t k = 0; k < 4; ++k)
            landmarks[i][k] = list.at(i).at(k).to_number<double>();
    return landmarks;
}

Region peer_region(const boost::json::value& rectangle, Size size) {
    const auto number = [&](const char* key) { return rectangle.at(key).to_number<double>(); };
    return {.center_x = number("x_center") * size.width,
            .center_y = number("y_center") * size.height,
            .side = number("width") * size.width,
            .rotation = number("rotation")};
}

/// How far a pose lies from the peer's at most.
struct Distance {
    double pixels = 0;
    double millimetres = 0;
    double visibility = 0;

    void add(const PoseLandmarks& pose, const PeerPose& peer, Size size) {
        for (std::size_t i = 0; i < body_landmarks; ++i) {
            const Landmark& image = pose.image[i];
            const Point3& world = pose.world[i];
            pixels = std::max({pixels, std::abs(image.x - peer.image[i][0] * size.width),
                               std::abs(image.y - peer.image[i][1] * size.height)});
            visibility = std::max(visibility, std::abs(image.visibility - peer.image[i][3]));
            millimetres = std::max({millimetres, 1000 * std::abs(world.x - peer.world[i][0]),
                                    1000 * std::abs(world.y - peer.world[i][1]),
                                    1000 * std::abs(world.z - peer.world[i][2])});
        }
    }
};

class GoldenStill : public testing::TestWithParam<std::string> {
  protected:
    [[nodiscard]] static std::filesystem::path file(const char* ending) {
        return golden() / "stills" / (GetParam() + ending);
    }
};

INSTANTIATE_TEST_SUITE_P(, GoldenStill, testing::ValuesIn(stills_with_people),
                         [](const auto& instance) { return instance.param; });

/// Float crops within 3e-4, 8-bit ones within a level.
void expect_crop(const RgbPicture& picture, const Region& region, const CropShape& shape,
                 const tests::Safetensors& stored, const std::string& name) {
    auto source = source_of(picture);
    std::vector<float> crop(shape.values());
    sample_crop(source, region, shape, crop);
    double worst = 0;
    if (stored.contains(name)) {
        const auto expected = stored.values<float>(name);
        ASSERT_EQ(expected.size(), crop.size());
        for (std::size_t i = 0; i < crop.size(); ++i)
            worst = std::max(worst, static_cast<double>(std::abs(crop[i] - expected[i])));
        EXPECT_LE(worst, 3e-4) << name;
    } else {
        const auto expected = stored.values<std::uint8_t>(name + "_u8");
        ASSERT_EQ(expected.size(), crop.size());
        for (std::size_t i = 0; i < crop.size(); ++i) {
            const double level = std::round((crop[i] - shape.low) * 255 / (shape.high - shape.low));
            worst = std::max(worst, std::abs(level - expected[i]));
        }
        EXPECT_LE(worst, 1) << name;
    }
}

TEST_P(GoldenStill, IsCroppedAsThePeerDoes) {
    POSED_NEEDS(file(".png"));
    const auto picture = tests::read_pictures(file(".png")).front();
    const tests::Safetensors stored(file(".safetensors"));
    expect_crop(picture, whole_picture(picture.size), detector_crop, stored, "det_input");
    const auto region = stored.values<double>("roi_cx_cy_side_rot");
    expect_crop(picture, region_of(region.data()), landmark_crop, stored, "lm_input");
}

TEST_P(GoldenStill, DetectionsAreDecodedAndMerged) {
    POSED_NEEDS(file(".png"));
    const tests::Safetensors stored(file(".safetensors"));
    const auto wh = stored.values<std::int32_t>("image_size_wh");
    const double width = wh[0], height = wh[1];
    const auto found = decode_detections(stored.values<float>("det_boxes"),
                                         stored.values<float>("det_scores"), whole_picture({wh[0], wh[1]}));
    const auto expected = stored.values<float>("detections");
    ASSERT_EQ(found.size(), expected.size() / 14);
    for (std::size_t i = 0; i < found.size(); ++i) {
        const float* row = &expected[14 * i];
        EXPECT_NEAR(found[i].score, row[0], 1e-6);
        EXPECT_NEAR(found[i].left / width, row[1], 2e-6);
        EXPECT_NEAR(found[i].top / height, row[2], 2e-6);
        EXPECT_NEAR(found[i].right / width, row[3], 2e-6);
        EXPECT_NEAR(found[i].bottom / height, row[4], 2e-6);
        for (std::size_t k = 0; k < 4; ++k) {
            EXPECT_NEAR(found[i].points[k].x / width, row[5 + 2 * k], 2e-6);
            EXPECT_NEAR(found[i].points[k].y / height, row[6 + 2 * k], 2e-6);
        }
        EXPECT_EQ(found[i].merged, static_cast<int>(row[13]));
    }
    const auto region = stored.values<double>("roi_cx_cy_side_rot");
    EXPECT_LE(difference(body_region(found[0].points[0], found[0].points[1]), region_of(region.data())),
              0.005);
}

TEST_P(GoldenStill, LandmarksAreDecodedAndProjected) {
    POSED_NEEDS(file(".png"));
    const tests::Safetensors stored(file(".safetensors"));
    const auto wh = stored.values<std::int32_t>("image_size_wh");
    const auto region = stored.values<double>("roi_cx_cy_side_rot");
    for (const auto& [kind, model] : models) {
        const auto raw = stored.values<float>(model + ".landmarks_raw");
        auto in_crop = landmarks_in_crop(raw);
        const auto unrefined = stored.values<float>(model + ".crop_xy_unrefined");
        for (std::size_t i = 0; i < all_landmarks; ++i) {
            EXPECT_NEAR(in_crop[i].x, unrefined[2 * i], 1e-6);
            EXPECT_NEAR(in_crop[i].y, unrefined[2 * i + 1], 1e-6);
        }
        if (!stored.contains(model + ".heatmap"))
            continue;
        const auto heatmap = stored.values<float>(model + ".heatmap");
        refine_by_heatmap(in_crop, heatmap);
        const auto refined = stored.values<float>(model + ".crop_xy_refined");
        for (std::size_t i = 0; i < all_landmarks; ++i) {
            EXPECT_NEAR(in_crop[i].x, refined[2 * i], 2e-6) << model << ' ' << i;
            EXPECT_NEAR(in_crop[i].y, refined[2 * i + 1], 2e-6) << model << ' ' << i;
        }
        const Inference inference{.outputs = {raw, stored.values<float>(model + ".pose_flag"), heatmap,
                                              stored.values<float>(model + ".world_raw")}};
        ASSERT_TRUE(check_outputs(inference));
        const auto pose = decode_landmarks(inference, region_of(region.data()));
        const auto expected = stored.values<float>(model + ".landmarks");
        const auto world = stored.values<float>(model + ".world_landmarks");
        for (std::size_t i = 0; i < all_landmarks; ++i) {
            EXPECT_NEAR(pose.image[i].x / static_cast<float>(wh[0]), expected[5 * i], 2e-6);
            EXPECT_NEAR(pose.image[i].y / static_cast<float>(wh[1]), expected[5 * i + 1], 2e-6);
            EXPECT_NEAR(pose.image[i].z / static_cast<float>(wh[0]), expected[5 * i + 2], 2e-6);
            EXPECT_NEAR(pose.image[i].visibility, expected[5 * i + 3], 1e-6);
            EXPECT_NEAR(pose.image[i].presence, expected[5 * i + 4], 1e-6);
        }
        for (std::size_t i = 0; i < body_landmarks; ++i) {
            EXPECT_NEAR(pose.world[i].x, world[3 * i], 1e-6);
            EXPECT_NEAR(pose.world[i].y, world[3 * i + 1], 1e-6);
            EXPECT_NEAR(pose.world[i].z, world[3 * i + 2], 1e-6);
        }
    }
}

/// The pose that a tracker gives for the next frame; nothing when there is none.
std::optional<TrackedPose> follow(Tracker& tracker, Network& landmarks, const RgbPicture& picture,
                                  microseconds time) {
    auto source = source_of(picture);
    std::vector<Inference> inferences;
    for (const Crop& crop : tracker.prepare(source, time).value())
        inferences.push_back({.outputs = landmarks.run(crop.pixels).value()});
    return tracker.finish(inferences).value();
}

TEST_P(GoldenStill, IsEstimatedAsByMediaPipe) {
    POSED_NEEDS(file(".png"));
    const auto picture = tests::read_pictures(file(".png")).front();
    const auto peer = read_json(file(".mediapipe.json"));
    const auto detector = open(NetworkKind::detector);
    for (std::size_t m = 0; m < models.size(); ++m) {
        const auto network = open(models[m].kind);
        const auto& expected = peer.at("results").at(m);
        Tracker tracker(*detector, {picture.size, false, PersonSearch::whole_frame});
        const auto pose = follow(tracker, *network, picture, microseconds(0));
        ASSERT_TRUE(pose);
        Distance distance;
        distance.add(pose->smoothed,
                     {peer_landmarks(expected.at("pose_landmarks")),
                      peer_landmarks(expected.at("pose_world_landmarks"))},
                     picture.size);
        EXPECT_LE(distance.pixels, 0.05) << models[m].name;
        EXPECT_LE(distance.millimetres, 0.2) << models[m].name;
        EXPECT_LE(distance.visibility, 5e-4) << models[m].name;
        ASSERT_TRUE(tracker.region());
        EXPECT_LE(difference(*tracker.region(), peer_region(expected.at("roi_from_landmarks"), picture.size)),
                  0.05);
    }
}

TEST(Golden, AnchorsAreWhereTheyShouldBe) {
    const auto file = golden() / "stills/pose.safetensors";
    POSED_NEEDS(file);
    const auto expected = tests::Safetensors(file).values<float>("anchors_xy");
    ASSERT_EQ(expected.size(), 2 * 2254U);
    for (std::size_t i = 0; i < 2254; ++i) {
        EXPECT_NEAR(anchor_center(i).x, expected[2 * i], 1e-7);
        EXPECT_NEAR(anchor_center(i).y, expected[2 * i + 1], 1e-7);
    }
}

TEST(Golden, NobodyIsFoundWhereNobodyIs) {
    const auto file = golden() / "stills/nobody.png";
    POSED_NEEDS(file);
    const auto picture = tests::read_pictures(file).front();
    const auto detector = open(NetworkKind::detector);
    for (const auto search : {PersonSearch::whole_frame, PersonSearch::tiles}) {
        Tracker tracker(*detector, {picture.size, true, search});
        auto source = source_of(picture);
        EXPECT_TRUE(tracker.prepare(source, microseconds(0)).value().empty());
    }
}

/// A clip of the peer: its frames' pictures, and one run of the peer over them.
struct PeerFrame {
    microseconds time{0};
    std::optional<PeerPose> pose;
    std::optional<Region> detected_region;
    std::optional<Region> next_region;
};

std::vector<PeerFrame> peer_frames(const boost::json::value& run, Size size) {
    std::vector<PeerFrame> frames;
    for (const auto& frame : run.at("frames").as_array()) {
        auto& peer = frames.emplace_back();
        peer.time = microseconds(frame.at("timestamp_us").as_int64());
        const auto& object = frame.as_object();
        const auto present = [&](const char* key) {
            return object.contains(key) && !object.at(key).is_null();
        };
        if (present("pose_landmarks"))
            peer.pose = PeerPose{peer_landmarks(object.at("pose_landmarks")),
                                 peer_landmarks(object.at("pose_world_landmarks"))};
        if (present("roi_from_detection"))
            peer.detected_region = peer_region(object.at("roi_from_detection"), size);
        if (present("roi_for_next_frame"))
            peer.next_region = peer_region(object.at("roi_for_next_frame"), size);
    }
    return frames;
}

/// The peer's first frame is at 1 s or 2 s; the tracker itself adds the second.
microseconds without_epoch(microseconds time) {
    return time - std::chrono::seconds(1);
}

TEST(GoldenClip, WithThePeersRegionsGivesThePeersPoses) {
    POSED_NEEDS(golden() / "clip");
    const auto pictures = tests::read_pictures(golden() / "clip/frames/%03d.png");
    const Size size = pictures.front().size;
    const auto peer = read_json(golden() / "clip/clip.mediapipe.json");
    for (const auto& run : peer.at("runs").as_array()) {
        const auto& model = models.at(run.at("model_complexity").to_number<std::size_t>());
        const auto network = open(model.kind);
        const auto frames = peer_frames(run, size);
        PoseSmoother smoother(run.at("smooth_landmarks").as_bool());
        Region region = frames.front().detected_region.value();
        Distance distance;
        for (std::size_t i = 0; i < frames.size(); ++i) {
            auto source = source_of(pictures.at(i));
            std::vector<float> crop(landmark_crop.values());
            sample_crop(source, region, landmark_crop, crop);
            auto pose = decode_landmarks({.outputs = network->run(crop).value()}, region);
            smoother.apply(pose, frames[i].time);
            distance.add(pose, frames[i].pose.value(), size);
            region = frames[i].next_region.value();
        }
        EXPECT_LE(distance.pixels, 0.02) << model.name;
        EXPECT_LE(distance.millimetres, 0.2) << model.name;
        EXPECT_LE(distance.visibility, 5e-4) << model.name;
    }
}

/// Follows the pictures freely and compares each frame.
void expect_same_track(const std::vector<const RgbPicture*>& pictures, const boost::json::value& run,
                       Network& detector) {
    const Size size = pictures.front()->size;
    const auto& model = models.at(run.at("model_complexity").to_number<std::size_t>());
    const bool smoothing = run.at("smooth_landmarks").as_bool();
    const auto network = open(model.kind);
    const auto frames = peer_frames(run, size);
    ASSERT_EQ(frames.size(), pictures.size());
    Tracker tracker(detector, {size, smoothing, PersonSearch::whole_frame});
    Distance distance;
    for (std::size_t i = 0; i < frames.size(); ++i) {
        const auto pose = follow(tracker, *network, *pictures[i], without_epoch(frames[i].time));
        ASSERT_EQ(pose.has_value(), frames[i].pose.has_value()) << i;
        if (pose)
            distance.add(pose->smoothed, *frames[i].pose, size);
    }
    EXPECT_LE(distance.pixels, 0.05) << model.name << ' ' << smoothing;
    EXPECT_LE(distance.millimetres, 1) << model.name << ' ' << smoothing;
    EXPECT_LE(distance.visibility, 5e-4) << model.name << ' ' << smoothing;
}

TEST(GoldenClip, IsFollowedFreelyAsByMediaPipe) {
    POSED_NEEDS(golden() / "clip");
    const auto pictures = tests::read_pictures(golden() / "clip/frames/%03d.png");
    std::vector<const RgbPicture*> order;
    for (const auto& picture : pictures)
        order.push_back(&picture);
    const auto detector = open(NetworkKind::detector);
    const auto peer = read_json(golden() / "clip/clip.mediapipe.json");
    for (const auto& run : peer.at("runs").as_array())
        expect_same_track(order, run, *detector);
}

TEST(GoldenClip, IsLostAndFoundAnewAsByMediaPipe) {
    POSED_NEEDS(golden() / "clip");
    const auto pictures = tests::read_pictures(golden() / "clip/frames/%03d.png");
    const auto blank = tests::read_pictures(golden() / "clip/frames/blank.png").front();
    const auto detector = open(NetworkKind::detector);
    const auto peer = read_json(golden() / "clip/clip_dropout.mediapipe.json");
    for (const auto& run : peer.at("runs").as_array()) {
        std::vector<const RgbPicture*> order;
        for (const auto& frame : run.at("frames").as_array()) {
            const std::string name(frame.at("frame").as_string());
            order.push_back(name == "blank.png" ? &blank : &pictures.at(std::stoul(name)));
        }
        expect_same_track(order, run, *detector);
    }
}

/// The stored unfiltered landmarks of a frame.
PoseLandmarks stored_pose(const std::vector<float>& image, const std::vector<float>& world, std::size_t frame,
                          Size size) {
    PoseLandmarks pose;
    const float* row = &image[frame * all_landmarks * 5];
    const auto width = static_cast<float>(size.width), height = static_cast<float>(size.height);
    for (std::size_t i = 0; i < all_landmarks; ++i, row += 5)
        pose.image[i] = {row[0] * width, row[1] * height, row[2] * width, row[3], row[4]};
    const float* place = &world[frame * body_landmarks * 3];
    for (std::size_t i = 0; i < body_landmarks; ++i, place += 3)
        pose.world[i] = {place[0], place[1], place[2]};
    return pose;
}

void expect_same_filtering(const tests::Safetensors& stored, const boost::json::value& run, Size size) {
    const auto& model = models.at(run.at("model_complexity").to_number<std::size_t>());
    const auto image = stored.values<float>(model.name + ".unfiltered_landmarks");
    const auto world = stored.values<float>(model.name + ".unfiltered_world");
    const auto presence = stored.values<float>(model.name + ".pose_flag");
    const auto frames = peer_frames(run, size);
    PoseSmoother smoother(true);
    for (std::size_t i = 0; i < frames.size(); ++i) {
        auto pose = presence[i] > 0.5F ? std::optional(stored_pose(image, world, i, size)) : std::nullopt;
        ASSERT_EQ(pose.has_value(), frames[i].pose.has_value()) << i;
        if (!pose) {
            smoother.pose_lost();
            continue;
        }
        smoother.apply(*pose, frames[i].time);
        Distance distance;
        distance.add(*pose, *frames[i].pose, size);
        EXPECT_LE(distance.pixels, 2e-6 * size.height + 1e-4) << model.name << ' ' << i;
        EXPECT_LE(distance.millimetres, 0.06) << model.name << ' ' << i;
        EXPECT_LE(distance.visibility, 7.1e-5) << model.name << ' ' << i;
        const Landmark &hips = pose->image[hip_center_landmark], &circle = pose->image[circle_landmark];
        EXPECT_LE(
            difference(body_region({hips.x, hips.y}, {circle.x, circle.y}), frames[i].next_region.value()),
            2e-3)
            << model.name << ' ' << i;
    }
}

TEST(GoldenClip, FiltersAloneGiveThePeersValues) {
    POSED_NEEDS(golden() / "clip");
    const Size size{320, 384};
    for (const std::string name : {"clip", "clip_dropout"}) {
        const tests::Safetensors stored(golden() / "clip" / (name + ".safetensors"));
        const auto peer = read_json(golden() / "clip" / (name + ".mediapipe.json"));
        for (const auto& run : peer.at("runs").as_array()) {
            if (run.at("smooth_landmarks").as_bool())
                expect_same_filtering(stored, run, size);
        }
    }
}

}  // namespace
}  // namespace posed::estimation::blazepose
