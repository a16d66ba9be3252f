// What the lower precision may cost, on the small model: bounds that the original's own bfloat16 run sets.

#include <gtest/gtest.h>

#include "estimation/sam3dbody/engine.h"
#include "estimation/sam3dbody/parity/parity.h"
#include "estimation/sam3dbody/sample_model.h"

namespace posed::estimation::sam3dbody {
namespace {

double relative_l2(const at::Tensor& actual, const at::Tensor& expected) {
    return ((actual - expected).norm() / expected.norm()).item<double>();
}

class Bfloat16 : public testing::TestWithParam<std::pair<const char*, const Profile*>> {};

TEST_P(Bfloat16, StaysWithinItsBoundsOfTheGoldenNumbers) {
    const auto& [file, profile] = GetParam();
    POSED_NEEDS(tiny() / file);
    auto golden = GoldenFile::open(tiny() / file).value();
    auto inputs = GoldenFile::open(tiny() / "golden.safetensors").value();
    const auto engine = Engine::open(tiny(), {.profile = *profile, .precision = Precision::bfloat16}).value();
    const auto batch = golden_batch(inputs.take("pre/frames"), inputs.take("pre/boxes_xyxy"),
                                    golden.take("pre/cam_int"), *profile, nullptr)
                           .value();
    const auto estimate = engine->run(batch, nullptr);
    EXPECT_LE(largest(estimate.keypoints_3d - golden.take("out/pred_keypoints_3d")), 0.009);
    EXPECT_LE(largest(estimate.keypoints_2d - golden.take("out/pred_keypoints_2d")), 3.8);
    const auto features = engine->run_backbone(batch.pixels, nullptr);
    const auto expected = golden.take("backbone/out").flatten(2).transpose(1, 2);
    EXPECT_LE(relative_l2(features, expected), 0.02);
    EXPECT_GT(relative_l2(features, expected), 1e-5) << "nothing was rounded: it ran in float32";
    std::printf("%s: 3D %.2g m, 2D %.2g px, backbone %.2g\n", file,
                largest(estimate.keypoints_3d - golden.take("out/pred_keypoints_3d")),
                largest(estimate.keypoints_2d - golden.take("out/pred_keypoints_2d")),
                relative_l2(features, expected));
}

INSTANTIATE_TEST_SUITE_P(Profiles, Bfloat16,
                         testing::Values(std::pair{"golden.safetensors", &reference_profile},
                                         std::pair{"golden_upstream.safetensors", &upstream_profile}),
                         [](const auto& tested) { return std::string(tested.param.second->name); });

}  // namespace
}  // namespace posed::estimation::sam3dbody
