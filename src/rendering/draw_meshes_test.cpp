#include <array>
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "rendering/canvas_test_support.h"
#include "rendering/draw_people.h"

namespace posed::rendering {
namespace {

constexpr Size picture{160, 120};
constexpr Samples black{.luma = 16, .blue_difference = 128, .red_difference = 128};
constexpr Camera camera{.fx = 100, .fy = 100, .cx = 80, .cy = 60};

/// An upright square of 2 h metres a side that faces the camera, as two triangles.
const Mesh square{.vertex_count = 4, .faces = {{{0, 1, 2}}, {{0, 2, 3}}}};

PersonFrame square_at(float x, float z, float h, int track) {
    return {.track_id = track,
            .root_translation = {x, 0, z},
            .vertices = {{-h, -h, 0}, {h, -h, 0}, {h, h, 0}, {-h, h, 0}}};
}

Canvas drawn(const std::vector<PersonFrame>& people, const Mesh& mesh = square, Size size = picture) {
    auto canvas = filled_canvas(size, black);
    draw_meshes(canvas, picture, mesh, camera, people);
    return canvas;
}

TEST(DrawMeshes, CoversWhatTheCameraSees) {
    // 0.4 m at 2 m: 20 pixels about the middle.
    const auto canvas = drawn({square_at(0, 2, 0.4F, 0)});
    EXPECT_EQ(luma_at(canvas, 59, 60), 16);
    EXPECT_GT(luma_at(canvas, 60, 60), 60);
    EXPECT_GT(luma_at(canvas, 99, 79), 60);
    EXPECT_EQ(luma_at(canvas, 100, 60), 16);
    EXPECT_EQ(luma_at(canvas, 80, 80), 16);
    EXPECT_EQ(luma_at(canvas, 80, 60), luma_at(canvas, 70, 45)) << "one plane has one shade";
    EXPECT_NE(chroma_at(canvas, 1, 40, 30), 128);
}

TEST(DrawMeshes, EdgesAreBlendedByTheShareOfThePixel) {
    // The edge lies in the middle of column 60: 0.39 m at 2 m are 19.5 pixels.
    const auto canvas = drawn({square_at(0, 2, 0.39F, 0)});
    const int inside = luma_at(canvas, 70, 60), edge = luma_at(canvas, 60, 60);
    EXPECT_NEAR(edge - 16, (inside - 16) / 2.0, 2);
}

TEST(DrawMeshes, TheNearerHidesTheFartherInAnyOrder) {
    const auto near_one = square_at(0, 2, 0.2F, 0), far_one = square_at(0, 4, 0.8F, 1);
    const auto one = drawn({near_one, far_one}), other = drawn({far_one, near_one});
    EXPECT_EQ(bytes_of(one), bytes_of(other));
    EXPECT_NE(chroma_at(one, 1, 40, 30), chroma_at(one, 1, 33, 23)) << "track 0 before track 1";
    EXPECT_EQ(chroma_at(one, 1, 40, 30), chroma_at(drawn({near_one}), 1, 40, 30));
}

TEST(DrawMeshes, SurfacesThatMeetLeaveNoGap) {
    Mesh strip;
    PersonFrame person{.root_translation = {0, 0, 3}};
    constexpr int columns = 40;
    for (int i = 0; i <= columns; ++i)
        for (const float y : {-0.71F, 0.73F})
            person.vertices.push_back({-0.9F + 0.0451F * static_cast<float>(i), y, 0});
    for (std::int32_t i = 0; i < columns; ++i) {
        strip.faces.push_back({2 * i, 2 * i + 1, 2 * i + 2});
        strip.faces.push_back({2 * i + 1, 2 * i + 3, 2 * i + 2});
    }
    strip.vertex_count = static_cast<std::int64_t>(person.vertices.size());
    const auto canvas = drawn({person}, strip);
    const int inside = luma_at(canvas, 80, 60);
    for (int row = 38; row < 82; ++row)
        for (int column = 52; column < 108; ++column)
            ASSERT_EQ(luma_at(canvas, column, row), inside) << column << ' ' << row;
}

TEST(DrawMeshes, FitsCanvasesOfOtherSizesAndClips) {
    const auto canvas = drawn({square_at(0, 2, 0.4F, 0)}, square, {80, 60});
    EXPECT_EQ(luma_at(canvas, 29, 30), 16);
    EXPECT_GT(luma_at(canvas, 30, 30), 60);
    const auto huge = drawn({square_at(0, 1, 50, 0)});
    EXPECT_GT(luma_at(huge, 0, 0), 60);
    EXPECT_GT(luma_at(huge, 159, 119), 60);
}

TEST(DrawMeshes, LeavesOutWhatCannotBeSeen) {
    const auto untouched = bytes_of(filled_canvas(picture, black));
    EXPECT_EQ(bytes_of(drawn({square_at(0, -2, 0.4F, 0)})), untouched) << "behind the camera";
    EXPECT_EQ(bytes_of(drawn({square_at(0, 0, 0.4F, 0)})), untouched);
    auto broken = square_at(0, 2, 0.4F, 0);
    for (auto& vertex : broken.vertices)
        vertex.x = std::numeric_limits<float>::quiet_NaN();
    EXPECT_EQ(bytes_of(drawn({broken})), untouched);
    auto bare = square_at(0, 2, 0.4F, 0);
    bare.vertices.clear();
    EXPECT_EQ(bytes_of(drawn({bare})), untouched) << "a person without vertices";
}

}  // namespace
}  // namespace posed::rendering
