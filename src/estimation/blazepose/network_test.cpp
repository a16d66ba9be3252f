#include "estimation/blazepose/network.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include <gtest/gtest.h>

#include "tests/support/safetensors.h"
#include "tests/support/shared_data.h"

namespace posed::estimation::blazepose {
namespace {

Result<std::unique_ptr<Network>> open(NetworkKind kind, int threads) {
    const auto file = TRY(open_network_file(tests::blazepose_weights(), kind));
    return Network::open(*file, kind, threads);
}

std::filesystem::path still(const std::string& name) {
    return tests::shared_data() / "blazepose/golden/stills" / (name + ".safetensors");
}

float largest_difference(const std::vector<float>& one, const std::vector<float>& other) {
    if (one.size() != other.size())
        return INFINITY;
    float largest = 0;
    for (std::size_t i = 0; i < one.size(); ++i) {
        if (std::isnan(one[i]))
            return INFINITY;
        largest = std::max(largest, std::abs(one[i] - other[i]));
    }
    return largest;
}

/// Limits of the specification, section 9.
class Stills : public testing::TestWithParam<const char*> {};

TEST_P(Stills, TheDetectorGivesTheExpectedOutputs) {
    const auto path = still(GetParam());
    POSED_NEEDS(path);
    const tests::Safetensors expected(path);
    const auto network = open(NetworkKind::detector, 1).value();
    ASSERT_EQ(network->input_side(), 224);
    const auto outputs = network->run(expected.values<float>("det_input")).value();
    ASSERT_EQ(outputs.size(), 2U);
    EXPECT_LE(largest_difference(outputs[0], expected.values<float>("det_boxes")), 5e-3F);
    EXPECT_LE(largest_difference(outputs[1], expected.values<float>("det_scores")), 5e-3F);
}

TEST_P(Stills, TheLandmarkNetworksGiveTheExpectedOutputs) {
    const auto path = still(GetParam());
    POSED_NEEDS(path);
    const tests::Safetensors expected(path);
    const std::array<std::pair<NetworkKind, std::string>, 3> networks = {
        {{NetworkKind::landmark_lite, "lite"},
         {NetworkKind::landmark_full, "full"},
         {NetworkKind::landmark_heavy, "heavy"}}};
    for (const auto& [kind, name] : networks) {
        SCOPED_TRACE(name);
        const auto network = open(kind, 1).value();
        ASSERT_EQ(network->input_side(), 256);
        const auto outputs = network->run(expected.values<float>("lm_input")).value();
        ASSERT_EQ(outputs.size(), 4U);
        EXPECT_LE(largest_difference(outputs[0], expected.values<float>(name + ".landmarks_raw")), 2e-3F);
        EXPECT_LE(largest_difference(outputs[1], expected.values<float>(name + ".pose_flag")), 1e-5F);
        EXPECT_LE(largest_difference(outputs[3], expected.values<float>(name + ".world_raw")), 1e-4F);
        EXPECT_EQ(outputs[2].size(), std::size_t{64 * 64 * 39});
        if (expected.contains(name + ".heatmap")) {
            EXPECT_LE(largest_difference(outputs[2], expected.values<float>(name + ".heatmap")), 5e-3F);
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Golden, Stills, testing::Values("pose", "squat"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace posed::estimation::blazepose
