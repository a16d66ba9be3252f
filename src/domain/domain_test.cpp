#include <array>
#include <cmath>

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "domain/camera.h"
#include "domain/frame.h"
#include "domain/geometry.h"
#include "domain/pose.h"
#include "domain/recipe.h"

namespace posed {
namespace {

TEST(FitInto, NeverEnlargesKeepsTheShapeAndRoundsDownToEven) {
    struct Case {
        Size displayed, box, expected;
    };
    for (const auto& [displayed, box, expected] :
         {Case{{1280, 720}, {1920, 1080}, {1280, 720}}, Case{{3840, 2160}, {1920, 1080}, {1920, 1080}},
          Case{{720, 1280}, {1080, 1920}, {720, 1280}}, Case{{641, 361}, {1920, 1080}, {640, 360}},
          Case{{1768, 994}, {640, 640}, {640, 358}}, Case{{10000, 2}, {100, 100}, {100, 2}}})
        EXPECT_EQ(fit_into(displayed, box), expected) << displayed.width << "x" << displayed.height;
}

TEST(Affine, ComposeAppliesTheInnerOneFirst) {
    const Affine turn{.xx = 0, .xy = 1, .x0 = 0, .yx = -1, .yy = 0, .y0 = 100};
    const Affine stretch{.xx = 2, .xy = 0, .x0 = 3, .yx = 0, .yy = 2, .y0 = 5};
    const auto both = compose(turn, stretch);
    // (1, 1) -> (5, 7) -> (7, 95)
    EXPECT_DOUBLE_EQ(both.xx + both.xy + both.x0, 7);
    EXPECT_DOUBLE_EQ(both.yx + both.yy + both.y0, 95);
}

TEST(Overlap, IsThePartThatBoxesShare) {
    EXPECT_FLOAT_EQ(overlap({0, 0, 2, 2}, {1, 0, 3, 2}), 1.0F / 3);
    EXPECT_FLOAT_EQ(overlap({0, 0, 100, 200}, {400, 0, 500, 200}), 0);
    EXPECT_FLOAT_EQ(overlap({1, 1, 1, 1}, {1, 1, 1, 1}), 0);
}

TEST(Camera, RootTranslationIsRecoveredFromItsOwnProjection) {
    const auto camera = camera_with_field_of_view({1280, 720}, 60);
    const std::array model{Point3{0.1F, -0.5F, 0.2F}, Point3{-0.3F, 0.4F, -0.1F}, Point3{0.2F, 0.9F, 0.F},
                           Point3{9, 9, 9}};
    const Point3 truth{0.4F, -0.2F, 3.5F};
    std::array<Point2, 4> image{};
    for (std::size_t i = 0; i < 4; ++i) {
        const double z = model[i].z + truth.z;
        image[i] = {static_cast<float>(camera.fx * (model[i].x + truth.x) / z + camera.cx),
                    static_cast<float>(camera.fy * (model[i].y + truth.y) / z + camera.cy)};
    }
    image[3] = {-5000, 123};  // an outlier without weight
    const auto fitted = fit_root_translation(camera, model, image, std::array{1.F, .5F, 1.F, 0.F});
    EXPECT_NEAR(fitted.x, truth.x, 1e-4);
    EXPECT_NEAR(fitted.y, truth.y, 1e-4);
    EXPECT_NEAR(fitted.z, truth.z, 1e-3);
}

TEST(Camera, PointsThatFixNothingGiveTheOrigin) {
    const auto camera = default_camera({640, 480});
    const std::array model{Point3{0, 0, 0}, Point3{0, 0, 0}};
    const std::array same{Point2{10, 10}, Point2{10, 10}};
    EXPECT_EQ(fit_root_translation(camera, model, same, std::array{1.F, 1.F}), Point3{});
    EXPECT_EQ(fit_root_translation(camera, model, same, std::array{0.F, 0.F}), Point3{});
}

TEST(Canvas, PlanesAreHalfSizedAndApart) {
    const Canvas canvas({34, 18}, {});
    const auto view = canvas.view();
    EXPECT_EQ(view.planes[1].width, 17);
    EXPECT_EQ(view.planes[2].height, 9);
    EXPECT_GE(view.planes[1].data, view.planes[0].data + view.planes[0].stride * 18);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(view.planes[0].data) % 64, 0U);
}

Recipe sample_recipe() {
    Recipe recipe;
    recipe.video_sha256 = "ab";
    recipe.selection = {.start = Microseconds(5), .duration = Microseconds(7), .rate = Rational{30000, 1001}};
    recipe.frame_size = {1280, 720};
    recipe.estimator = "blazepose-full";
    recipe.camera = default_camera({1280, 720});
    recipe.precision = "float32";
    recipe.weights = {{"a.tflite", "cd"}};
    recipe.engine_revision = 1;
    return recipe;
}

TEST(Recipe, SurvivesJsonAndItsHashSeesEveryField) {
    const auto recipe = sample_recipe();
    EXPECT_EQ(recipe_from_json(to_json(recipe)), recipe);
    auto other = recipe;
    other.search = PersonSearch::whole_frame;
    EXPECT_NE(hash_of(other), hash_of(recipe));
    other = recipe;
    other.people = People::all;
    EXPECT_NE(hash_of(other), hash_of(recipe));
    other.profile = "reference";
    other.mesh = true;
    EXPECT_EQ(recipe_from_json(to_json(other)), other);
    other = recipe;
    other.selection.rate.reset();
    EXPECT_NE(hash_of(other), hash_of(recipe));
    EXPECT_EQ(recipe_from_json(to_json(other)), other);
}

TEST(Recipe, OfWhatOlderProgramsKnowIsReadByThem) {
    auto value = to_json(sample_recipe());
    for (const char* later : {"people", "mesh", "profile"})
        EXPECT_FALSE(value.as_object().contains(later)) << later;
    value.as_object()["mesh"] = false;
    EXPECT_EQ(recipe_from_json(value), sample_recipe()) << "some archives say it all the same";
}

TEST(Recipe, TheDigestOfWhatIsLoadedSeesPrecisionAndProfile) {
    const std::vector<WeightsDigest> weights{{"a", "b"}};
    EXPECT_NE(digest_of(weights, "float32"), digest_of(weights, "bfloat16"));
    EXPECT_NE(digest_of(weights, "float32", "upstream"), digest_of(weights, "float32", "reference"));
}

TEST(Recipe, HostileJsonIsRefused) {
    EXPECT_FALSE(recipe_from_json(nullptr));
    auto value = to_json(sample_recipe());
    value.as_object()["camera"] = boost::json::array{1, 2};
    EXPECT_FALSE(recipe_from_json(value));
}

}  // namespace
}  // namespace posed
