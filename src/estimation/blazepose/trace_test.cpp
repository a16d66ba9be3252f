#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "estimation/blazepose/network_files.h"
#include "estimation/blazepose/runtime.h"
#include "estimation/blazepose/schedule.h"
#include "estimation/blazepose/tflite_model.h"
#include "tests/support/safetensors.h"
#include "tests/support/shared_data.h"

namespace posed::estimation::blazepose {
namespace {

bool only_arranges(const Node& node) {
    return std::holds_alternative<Reshape>(node.operation) ||
           std::holds_alternative<Concatenation>(node.operation);
}

/// Runs the whole network, segmentation and all, with what each operator makes among the outputs.
std::map<std::size_t, Tensor> run_visibly(const Model& model, const std::vector<float>& input) {
    std::vector<std::size_t> wanted;
    for (const auto& node : model.nodes) {
        if (!only_arranges(node))
            wanted.push_back(node.output);
    }
    const auto schedule = schedule_for(model, wanted).value();
    auto outputs = Runtime::open(model, schedule, 1).value()->run(input).value();
    std::map<std::size_t, Tensor> tensors;
    for (std::size_t i = 0; i < wanted.size(); ++i)
        tensors[wanted[i]] = std::move(outputs[i]);
    for (const auto& node : model.nodes) {
        if (!only_arranges(node))
            continue;
        Tensor joined;
        for (const auto part : inputs_of(node.operation))
            joined.insert(joined.end(), tensors.at(part).begin(), tensors.at(part).end());
        tensors[node.output] = std::move(joined);
    }
    return tensors;
}

/// What a trace keeps of a tensor: four samples, minimum, maximum, mean.
std::vector<double> digest_of(const Tensor& tensor) {
    const auto count = tensor.size();
    const auto [least, most] = std::ranges::minmax(tensor);
    double sum = 0;
    for (const float value : tensor)
        sum += value;
    return {tensor[0],
            tensor[count / 3],
            tensor[2 * count / 3],
            tensor[count - 1],
            least,
            most,
            sum / static_cast<double>(count)};
}

std::vector<double> digest_of(const boost::json::value& traced) {
    auto digest = boost::json::value_to<std::vector<double>>(traced.at("samples"));
    for (const char* name : {"min", "max", "mean"})
        digest.push_back(traced.at(name).to_number<double>());
    return digest;
}

struct Traced {
    NetworkKind kind;
    const char* name;
    const char* input;
    std::size_t operators;
};

class Trace : public testing::TestWithParam<Traced> {};

TEST_P(Trace, EveryOperatorMakesWhatTheOriginalMakes) {
    const auto golden = tests::shared_data() / "blazepose/golden";
    POSED_NEEDS(golden);
    POSED_NEEDS(tests::blazepose_weights() / file_of(GetParam().kind).name);
    std::ifstream stream(golden / "op_trace" / (std::string(GetParam().name) + ".json"));
    const auto trace = boost::json::parse(std::string(std::istreambuf_iterator<char>(stream), {}));
    const auto file = open_network_file(tests::blazepose_weights(), GetParam().kind).value();
    std::vector<std::byte> bytes(file->size());
    ASSERT_TRUE(read_exactly(*file, 0, bytes, Code::corrupt_model));
    const auto model = read_tflite_model(bytes).value();
    const auto input = tests::Safetensors(golden / "stills/pose.safetensors").values<float>(GetParam().input);
    const auto tensors = run_visibly(model, input);

    const auto& expected = trace.at("ops").as_array();
    ASSERT_EQ(model.nodes.size(), GetParam().operators);
    ASSERT_EQ(expected.size(), GetParam().operators);
    for (std::size_t i = 0; i < expected.size(); ++i) {
        const auto& node = model.nodes[i];
        SCOPED_TRACE(boost::json::serialize(expected[i]));
        ASSERT_EQ(expected[i].at("op").to_number<std::size_t>(), node.number);
        ASSERT_EQ(boost::json::value_to<Shape>(expected[i].at("shape")), model.values[node.output].shape);
        const auto got = digest_of(tensors.at(node.output));
        const auto wanted = digest_of(expected[i]);
        const double limit = 1e-4 * std::max(1.0, expected[i].at("std").to_number<double>());
        ASSERT_EQ(got.size(), wanted.size());
        for (std::size_t k = 0; k < got.size(); ++k)
            EXPECT_NEAR(got[k], wanted[k], limit) << "number " << k << " of samples, min, max, mean";
    }
}

INSTANTIATE_TEST_SUITE_P(
    Golden, Trace,
    testing::Values(Traced{NetworkKind::detector, "pose_detection", "det_input", 109},
                    Traced{NetworkKind::landmark_lite, "pose_landmark_lite", "lm_input", 129},
                    Traced{NetworkKind::landmark_full, "pose_landmark_full", "lm_input", 140},
                    Traced{NetworkKind::landmark_heavy, "pose_landmark_heavy", "lm_input", 293}),
    [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace posed::estimation::blazepose
