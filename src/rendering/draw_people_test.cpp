#include "rendering/draw_people.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <set>

#include <gtest/gtest.h>

#include "rendering/appearance.h"
#include "rendering/canvas_test_support.h"
#include "rendering/digits.h"

namespace posed::rendering {
namespace {

constexpr Size picture{320, 240};
constexpr Samples grey{.luma = 120, .blue_difference = 128, .red_difference = 128};
constexpr Overlay nothing{.bbox = false, .bbox_confidence = false, .keypoints = false, .skeleton = false};

const Skeleton stick{.names = {"left_shoulder", "right_shoulder", "left_hip", "right_hip", "nose"},
                     .links = {{0, 1}, {0, 2}, {1, 3}, {2, 3}}};

PersonFrame person_at(float x, float y) {
    return {
        .track_id = 0,
        .bbox_xyxy = {x - 60, y - 70, x + 60, y + 70},
        .bbox_confidence = 0.97F,
        .keypoints_2d = {{x + 25, y - 30}, {x - 25, y - 30}, {x + 20, y + 40}, {x - 20, y + 40}, {x, y - 50}},
        .keypoints_3d = std::vector<Point3>(5),
        .keypoints_confidence = std::vector<float>(5, 1.0F),
        .root_translation = {}};
}

struct Region {
    int left = std::numeric_limits<int>::max();
    int top = std::numeric_limits<int>::max();
    int right = -1;
    int bottom = -1;
    double weight = 0;  ///< how much luma was moved, summed
};

Region changed_region(const Canvas& canvas, int background = grey.luma) {
    Region region;
    for (int row = 0; row < canvas.size().height; ++row)
        for (int column = 0; column < canvas.size().width; ++column)
            if (luma_at(canvas, column, row) != background) {
                region.left = std::min(region.left, column);
                region.top = std::min(region.top, row);
                region.right = std::max(region.right, column);
                region.bottom = std::max(region.bottom, row);
                region.weight += std::abs(luma_at(canvas, column, row) - background);
            }
    return region;
}

Canvas drawn(const Overlay& overlay, const PersonFrame& person, Size size = picture, Size source = picture) {
    Canvas canvas = filled_canvas(size, grey);
    draw_people(canvas, source, stick, std::array{person}, overlay);
    return canvas;
}

constexpr Overlay only_box{.bbox = true, .bbox_confidence = false, .keypoints = false, .skeleton = false};
constexpr Overlay only_text{.bbox = false, .bbox_confidence = true, .keypoints = false, .skeleton = false};
constexpr Overlay only_points{.bbox = false, .bbox_confidence = false, .keypoints = true, .skeleton = false};
constexpr Overlay only_lines{.bbox = false, .bbox_confidence = false, .keypoints = false, .skeleton = true};

TEST(DrawPeople, GivesLinksTheirPublishedColours) {
    Skeleton two{.names = {"left_hip", "left_knee"}, .links = {{0, 1}}, .link_colours = {{0, 255, 0}}};
    const PersonFrame person{.bbox_xyxy = {60, 20, 260, 220},
                             .keypoints_2d = {{160, 40}, {160, 200}},
                             .keypoints_3d = std::vector<Point3>(2),
                             .keypoints_confidence = {1, 1}};
    const Overlay lines{.keypoints = false};
    constexpr Size large{1280, 960};  // where a line is wider than a pixel
    Canvas canvas = filled_canvas(large, grey), plain = filled_canvas(large, grey);
    draw_people(canvas, picture, two, std::array{person}, lines);
    const auto green = samples_of({0, 255, 0}, canvas.colour());
    EXPECT_EQ(luma_at(canvas, 640, 480), green.luma);
    two.link_colours.clear();
    draw_people(plain, picture, two, std::array{person}, lines);
    EXPECT_EQ(luma_at(plain, 640, 480), samples_of(colour_of(BodySide::left), plain.colour()).luma);
}

TEST(DrawPeople, NobodyOrNothingLeavesEveryByte) {
    Canvas canvas = filled_canvas(picture, grey);
    const auto before = bytes_of(canvas);
    draw_people(canvas, picture, stick, {},
                {.bbox = true, .bbox_confidence = true, .keypoints = true, .skeleton = true});
    EXPECT_EQ(bytes_of(canvas), before);
    draw_people(canvas, picture, stick, std::array{person_at(160, 120)}, nothing);
    EXPECT_EQ(bytes_of(canvas), before);
}

TEST(DrawPeople, TheBoxAloneIsOnlyItsOutline) {
    const Canvas canvas = drawn(only_box, person_at(160, 120));
    const Region region = changed_region(canvas);
    EXPECT_NEAR(region.left, 100, 3);
    EXPECT_NEAR(region.right, 220, 3);
    EXPECT_NEAR(region.top, 50, 3);
    EXPECT_NEAR(region.bottom, 190, 3);
    for (int row = 56; row < 184; ++row)
        for (int column = 106; column < 214; ++column)
            ASSERT_EQ(luma_at(canvas, column, row), grey.luma);
}

TEST(DrawPeople, TheTextAloneStandsAtTheBoxsUpperLeft) {
    const Region region = changed_region(drawn(only_text, person_at(160, 120)));
    EXPECT_NEAR(region.left, 100, 3);
    EXPECT_LE(region.bottom, 50);
    EXPECT_GT(region.top, 30);
    EXPECT_LT(region.right, 135);
}

TEST(DrawPeople, TheTextIsKeptInsideThePicture) {
    const Region inside = changed_region(drawn(only_text, person_at(160, 120)));
    for (const auto& [x, y] : {std::pair{-300.0F, -300.0F}, {900.0F, 900.0F}, {300.0F, 60.0F}}) {
        const Region region = changed_region(drawn(only_text, person_at(x, y)));
        EXPECT_EQ(region.right - region.left, inside.right - inside.left);
        EXPECT_EQ(region.bottom - region.top, inside.bottom - inside.top);
        EXPECT_GE(region.left, 0);
        EXPECT_LT(region.bottom, picture.height);
    }
}

TEST(DrawPeople, PointsAloneAreDiscsAndLinesAloneJoinThem) {
    const PersonFrame person = person_at(160, 120);
    const Canvas points = drawn(only_points, person);
    const Canvas lines = drawn(only_lines, person);
    for (const Point2 point : person.keypoints_2d)
        EXPECT_NE(luma_at(points, static_cast<int>(point.x), static_cast<int>(point.y)), grey.luma);
    EXPECT_EQ(luma_at(points, 160, 90), grey.luma);
    EXPECT_NE(luma_at(lines, 160, 90), grey.luma);
    EXPECT_EQ(luma_at(lines, 160, 70), grey.luma) << "the nose has no link";
}

TEST(DrawPeople, LeftIsWarmRightIsCool) {
    const PersonFrame person = person_at(160, 120);
    const Canvas canvas = drawn(only_points, person, {1280, 960});
    const auto red_less_blue = [&](const Point2& point) {
        const int column = static_cast<int>(point.x * 4) / 2;
        const int row = static_cast<int>(point.y * 4) / 2;
        return chroma_at(canvas, 2, column, row) - chroma_at(canvas, 1, column, row);
    };
    EXPECT_GT(red_less_blue(person.keypoints_2d[0]), 60);
    EXPECT_LT(red_less_blue(person.keypoints_2d[1]), -60);
    EXPECT_LT(std::abs(red_less_blue(person.keypoints_2d[4])), 40);
}

TEST(DrawPeople, AHiddenJointIsFaint) {
    PersonFrame person = person_at(160, 120);
    person.keypoints_confidence = {1.0F, 0.1F, 1.0F, 0.3F, std::numeric_limits<float>::quiet_NaN()};
    const Canvas sure = drawn(only_points, person_at(160, 120));
    const Canvas canvas = drawn(only_points, person);
    const auto strength = [](const Canvas& shown, const Point2& point) {
        const int column = static_cast<int>(point.x) / 2;
        const int row = static_cast<int>(point.y) / 2;
        return std::abs(chroma_at(shown, 1, column, row) - 128) +
               std::abs(chroma_at(shown, 2, column, row) - 128);
    };
    const auto& points = person.keypoints_2d;
    EXPECT_EQ(strength(canvas, points[0]), strength(sure, points[0]));
    EXPECT_LT(strength(canvas, points[1]), strength(sure, points[1]) / 3);
    EXPECT_GT(strength(canvas, points[1]), 0);
    EXPECT_GT(strength(canvas, points[3]), strength(canvas, points[1]));
    EXPECT_LT(strength(canvas, points[4]), strength(sure, points[4]) / 3);
}

TEST(DrawPeople, NearerIsThicker) {
    PersonFrame person = person_at(160, 120);
    for (Point3& point : person.keypoints_3d)
        point.z = -0.4F;
    const double near = changed_region(drawn(only_lines, person)).weight;
    for (Point3& point : person.keypoints_3d)
        point.z = 0.4F;
    EXPECT_GT(near, changed_region(drawn(only_lines, person)).weight * 1.25);
}

TEST(DrawPeople, EachAxisHasItsOwnScale) {
    const Region region = changed_region(drawn(only_box, person_at(160, 120), {640, 240}, picture));
    EXPECT_NEAR(region.left, 200, 4);
    EXPECT_NEAR(region.right, 440, 4);
    EXPECT_NEAR(region.top, 50, 4);
    EXPECT_NEAR(region.bottom, 190, 4);
}

TEST(DrawPeople, LooksAlikeAtEverySize) {
    constexpr Overlay everything{.bbox = true, .bbox_confidence = true, .keypoints = true, .skeleton = true};
    const PersonFrame person = person_at(160, 120);
    // On black, where all that is drawn is brighter: else rims and fills would cancel within a pixel, and
    // more so in the smaller picture.
    const auto share = [&](Size size) {
        Canvas canvas = filled_canvas(size, {0, 128, 128});
        draw_people(canvas, picture, stick, std::array{person}, everything);
        return changed_region(canvas, 0).weight / (static_cast<double>(size.width) * size.height);
    };
    EXPECT_NEAR(share({1280, 960}), share({2560, 1920}), 0.05 * share({2560, 1920}));
}

TEST(DrawPeople, SkipsWhatIsNotFinite) {
    constexpr float nan = std::numeric_limits<float>::quiet_NaN();
    constexpr float infinity = std::numeric_limits<float>::infinity();
    constexpr Overlay everything{.bbox = true, .bbox_confidence = true, .keypoints = true, .skeleton = true};
    PersonFrame person = person_at(160, 120);
    person.keypoints_2d.assign(5, {nan, infinity});
    person.bbox_xyxy = {nan, 0, 10, 10};
    Canvas canvas = filled_canvas(picture, grey);
    const auto before = bytes_of(canvas);
    draw_people(canvas, picture, stick, std::array{person}, everything);
    EXPECT_EQ(bytes_of(canvas), before);

    person.keypoints_2d = {{1e30F, -1e30F}, {-1e30F, 1e30F}, {3e38F, 3e38F}, {-3e38F, 7}, {nan, 0}};
    person.bbox_xyxy = {-1e30F, -3e38F, 1e30F, 3e38F};
    person.bbox_confidence = nan;
    person.root_translation.z = nan;
    draw_people(canvas, picture, stick, std::array{person, person}, everything);
    draw_people(canvas, {0, -5}, stick, std::array{person}, everything);
}

TEST(DrawPeople, TinyCanvasesAndForeignSkeletonsAreSafe) {
    constexpr Overlay everything{.bbox = true, .bbox_confidence = true, .keypoints = true, .skeleton = true};
    Canvas canvas = filled_canvas({2, 2}, grey);
    draw_people(canvas, picture, stick, std::array{person_at(160, 120)}, everything);
    PersonFrame poor = person_at(10, 10);
    poor.keypoints_3d.clear();
    poor.keypoints_confidence.clear();
    poor.keypoints_2d.resize(2);
    draw_people(canvas, picture, {.names = stick.names, .links = {{0, 4}, {-1, 1}, {0, 99}}},
                std::array{poor}, everything);
}

TEST(DrawPeople, TheNearerPersonCoversTheFartherOne) {
    PersonFrame near = person_at(160, 120);
    PersonFrame far = near;
    near.root_translation.z = 2;
    far.root_translation.z = 5;
    near.track_id = 1;
    Canvas one = filled_canvas(picture, grey);
    Canvas other = filled_canvas(picture, grey);
    draw_people(one, picture, stick, std::array{near, far}, only_box);
    draw_people(other, picture, stick, std::array{far, near}, only_box);
    EXPECT_EQ(bytes_of(one), bytes_of(other));
}

/// Digits are told apart: at the size of the text at 720p, every two differ in at least a tenth of the area.
TEST(Digits, DifferFromEachOther) {
    std::vector<Canvas> digits;
    for (char digit = '0'; digit <= '9'; ++digit) {
        digits.push_back(filled_canvas({16, 16}, {0, 128, 128}));
        paint(digits.back(), strokes_of_digits({&digit, 1}, {4, 2}, 11, 1), {255, 128, 128});
    }
    for (std::size_t i = 0; i < digits.size(); ++i)
        for (std::size_t j = 0; j < i; ++j) {
            double difference = 0;
            for (int row = 0; row < 16; ++row)
                for (int column = 0; column < 16; ++column)
                    difference +=
                        std::abs(luma_at(digits[i], column, row) - luma_at(digits[j], column, row)) / 255.0;
            EXPECT_GT(difference, 7) << j << " and " << i;
        }
}

TEST(Digits, StandOutOnAnyBackground) {
    for (const int background : {16, 120, 235}) {
        Canvas canvas = filled_canvas({1280, 720}, {static_cast<std::uint8_t>(background), 128, 128});
        PersonFrame person = person_at(160, 120);
        draw_people(canvas, picture, stick, std::array{person}, only_text);
        int brightest = 0;
        int dark = 0;
        const Region region = changed_region(canvas, background);
        for (int row = region.top; row <= region.bottom; ++row)
            for (int column = region.left; column <= region.right; ++column) {
                brightest = std::max(brightest, luma_at(canvas, column, row));
                dark += luma_at(canvas, column, row) < 80 ? 1 : 0;
            }
        EXPECT_GT(brightest, 220);
        EXPECT_GT(dark, 300) << "the plate on a background of " << background;
    }
}

TEST(Appearance, NamesTellSideAndPart) {
    EXPECT_EQ(look_of_key_point("left_foot_index").side, BodySide::left);
    EXPECT_EQ(look_of_key_point("right_index_tip").side, BodySide::right);
    EXPECT_LT(look_of_key_point("right_index_tip").size, look_of_key_point("right_foot_index").size);
    EXPECT_EQ(look_of_key_point("mouth_left").side, BodySide::face);
    EXPECT_EQ(look_of_key_point("left_heel").side, BodySide::left) << "heel holds no ear";
    EXPECT_EQ(look_of_key_point("left_forearm").side, BodySide::left);
    EXPECT_EQ(look_of_key_point("neck").side, BodySide::middle);
    EXPECT_EQ(look_of_key_point("").side, BodySide::middle);
}

}  // namespace
}  // namespace posed::rendering
