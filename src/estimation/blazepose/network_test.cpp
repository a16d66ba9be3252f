#include "estimation/blazepose/network.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/safetensors.h"
#include "tests/support/shared_data.h"

namespace posed::estimation::blazepose {
namespace {

using testing::HasSubstr;

Result<std::unique_ptr<Network>> open(NetworkKind kind, int threads) {
    const auto file = TRY(open_network_file(tests::blazepose_weights(), kind));
    return Network::open(*file, kind, threads);
}

std::filesystem::path golden_input(const std::string& name) {
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
    const auto path = golden_input(GetParam());
    POSED_NEEDS(path);
    POSED_NEEDS(tests::blazepose_weights() / file_of(NetworkKind::detector).name);
    const tests::Safetensors expected(path);
    const auto network = open(NetworkKind::detector, 1).value();
    ASSERT_EQ(network->input_side(), 224);
    const auto outputs = network->run(expected.values<float>("det_input")).value();
    ASSERT_EQ(outputs.size(), 2U);
    EXPECT_LE(largest_difference(outputs[0], expected.values<float>("det_boxes")), 5e-3F);
    EXPECT_LE(largest_difference(outputs[1], expected.values<float>("det_scores")), 5e-3F);
}

TEST_P(Stills, TheLandmarkNetworksGiveTheExpectedOutputs) {
    const auto path = golden_input(GetParam());
    POSED_NEEDS(path);
    POSED_NEEDS(tests::blazepose_weights() / file_of(NetworkKind::detector).name);
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
        EXPECT_EQ(outputs[2].size(), std::size_t{64} * 64 * 39);
        if (expected.contains(name + ".heatmap")) {
            EXPECT_LE(largest_difference(outputs[2], expected.values<float>(name + ".heatmap")), 5e-3F);
        }
    }
}

std::vector<float> pattern(int side) {
    std::vector<float> input(static_cast<std::size_t>(side) * static_cast<std::size_t>(side) * 3);
    for (std::size_t i = 0; i < input.size(); ++i)
        input[i] = static_cast<float>(i * 7919 % 256) / 255.0F;
    return input;
}

TEST(Network, ManyThreadsGetTheSameNumbersAsOne) {
    for (const auto kind : {NetworkKind::detector, NetworkKind::landmark_lite}) {
        POSED_NEEDS(tests::blazepose_weights() / file_of(kind).name);
        const auto network = open(kind, 1).value();
        const auto input = pattern(network->input_side());
        const auto expected = network->run(input).value();
        std::atomic<int> equal = 0;
        std::vector<std::thread> threads;
        threads.reserve(8);
        for (int i = 0; i < 8; ++i)
            threads.emplace_back([&] {
                for (int repeat = 0; repeat < 4; ++repeat)
                    equal += network->run(input).value() == expected ? 1 : 0;
            });
        for (auto& thread : threads)
            thread.join();
        EXPECT_EQ(equal, 8 * 4) << file_of(kind).name;
        for (const int count : {2, 3, 7}) {
            const auto shared = open(kind, count).value();
            const auto together = shared->run(input).value();
            // oneDNN's kernels for older processors sum a piece of few rows in another order.
            if (__builtin_cpu_supports("avx2")) {
                EXPECT_EQ(together, expected);
            }
            bool all = false;
            EXPECT_EQ(shared->run(input, one_thread).value(), together);
            EXPECT_EQ(shared->run(input, [&all] { return all = !all; }).value(), together);
        }
    }
}

TEST(Network, ResultsDoNotDependOnWhatRanBefore) {
    POSED_NEEDS(tests::blazepose_weights() / file_of(NetworkKind::landmark_lite).name);
    const auto network = open(NetworkKind::landmark_lite, 1).value();
    const auto input = pattern(256);
    const auto expected = network->run(input).value();
    const auto other = network->run(std::vector<float>(input.size(), 1.0F)).value();
    EXPECT_NE(other, expected);
    EXPECT_EQ(network->run(input).value(), expected);
}

TEST(Network, AnInputOfAnotherSizeIsRefused) {
    POSED_NEEDS(tests::blazepose_weights() / file_of(NetworkKind::landmark_lite).name);
    const auto network = open(NetworkKind::landmark_lite, 1).value();
    EXPECT_EQ(network->run(pattern(255)).error().code, Code::internal);
}

TEST(Network, AnyOtherFileIsCorrupt) {
    using namespace std::string_view_literals;
    for (const auto text :
         {""sv, "A text.\n"sv, "PK\x03\x04 a zip archive"sv, "\xFF\xD8\xFF\xE0 a picture"sv}) {
        const auto file = view_bytes(std::as_bytes(std::span(text)));
        const auto error = Network::open(*file, NetworkKind::landmark_lite, 1).error();
        EXPECT_EQ(error.code, Code::corrupt_model);
        EXPECT_THAT(error.message, HasSubstr("pose_landmark_lite.tflite"));
        EXPECT_THAT(error.suggestion, HasSubstr("@mediapipe/pose"));
    }
    const auto lite = tests::blazepose_weights() / file_of(NetworkKind::landmark_lite).name;
    POSED_NEEDS(lite);
    const auto file = open_file(lite).value();
    EXPECT_EQ(Network::open(*file, NetworkKind::landmark_full, 1).error().code, Code::corrupt_model);
    std::vector<std::byte> bytes(file->size() - 1);
    ASSERT_TRUE(read_exactly(*file, 0, bytes, Code::corrupt_model));
    const auto cut = view_bytes(bytes);
    EXPECT_EQ(Network::open(*cut, NetworkKind::landmark_lite, 1).error().code, Code::corrupt_model);
}

INSTANTIATE_TEST_SUITE_P(Golden, Stills, testing::Values("pose", "squat"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace posed::estimation::blazepose
