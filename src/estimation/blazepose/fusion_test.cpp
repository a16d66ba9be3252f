#include "estimation/blazepose/fusion.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

#include <gtest/gtest.h>

#include "estimation/blazepose/network_files.h"
#include "tests/support/shared_data.h"

namespace posed::estimation::blazepose {
namespace {

Model read_model(NetworkKind kind) {
    const auto file = open_network_file(tests::blazepose_weights(), kind).value();
    std::vector<std::byte> bytes(file->size());
    EXPECT_TRUE(read_exactly(*file, 0, bytes, Code::corrupt_model));
    return read_tflite_model(bytes).value();
}

template <class T>
std::ptrdiff_t count(const std::vector<FusedNode>& nodes) {
    return std::ranges::count_if(
        nodes, [](const auto& fused) { return std::holds_alternative<T>(fused.node->operation); });
}

TEST(Fusion, MarginsAndResidualsCostNoOperatorOfTheirOwn) {
    POSED_NEEDS(tests::blazepose_weights() / file_of(NetworkKind::landmark_lite).name);
    const auto model = read_model(NetworkKind::landmark_lite);
    const std::array wanted = {model.outputs[0], model.outputs[1], model.outputs[3], model.outputs[4]};
    const auto schedule = schedule_for(model, wanted).value();
    const auto nodes = fuse(model, schedule);
    EXPECT_EQ(count<Pad>(nodes), 0);
    EXPECT_EQ(count<Addition>(nodes), 0);
    // The first convolution takes the picture itself, with the margin of the Pad that stood between.
    EXPECT_EQ(nodes.front().inputs, std::vector{model.input});
    EXPECT_EQ(nodes.front().margins.top, 1U);
}

// Else the trace of every operator could not be compared.
TEST(Fusion, WhatIsWantedIsMadeByItself) {
    POSED_NEEDS(tests::blazepose_weights() / file_of(NetworkKind::landmark_lite).name);
    const auto model = read_model(NetworkKind::landmark_lite);
    std::vector<std::size_t> wanted;
    for (const auto& node : model.nodes) {
        if (!std::holds_alternative<Reshape>(node.operation))
            wanted.push_back(node.output);
    }
    const auto schedule = schedule_for(model, wanted).value();
    const auto nodes = fuse(model, schedule);
    ASSERT_EQ(nodes.size(), schedule.nodes.size());
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        EXPECT_EQ(nodes[i].node, schedule.nodes[i]);
        EXPECT_FALSE(nodes[i].addition);
    }
}

}  // namespace
}  // namespace posed::estimation::blazepose
