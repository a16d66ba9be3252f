#include "estimation/blazepose/tflite_model.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "estimation/blazepose/network_files.h"
#include "estimation/blazepose/runtime.h"
#include "estimation/blazepose/schedule.h"
#include "estimation/blazepose/tflite_constants.h"
#include "tests/support/shared_data.h"

namespace posed::estimation::blazepose {
namespace {

using Bytes = std::vector<std::byte>;

/// A network in which every operator occurs, made by tools/make_tflite_seeds.py.
Bytes small_network() {
    std::ifstream stream(POSED_SMALL_NETWORK, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(stream), {}};
    const auto bytes = std::as_bytes(std::span(text));
    return {bytes.begin(), bytes.end()};
}

Bytes bytes_of(NetworkKind kind) {
    const auto file = open_network_file(tests::blazepose_weights(), kind).value();
    Bytes bytes(file->size());
    EXPECT_TRUE(read_exactly(*file, 0, bytes, Code::corrupt_model));
    return bytes;
}

template <class T>
std::vector<const T*> all(const Model& model) {
    std::vector<const T*> found;
    for (const auto& node : model.nodes) {
        if (const auto* operation = std::get_if<T>(&node.operation))
            found.push_back(operation);
    }
    return found;
}

/// A model, or corrupt_model: nothing else may come of any bytes.
void expect_handled(const Bytes& bytes) {
    const auto model = read_tflite_model(bytes);
    const auto schedule = model ? schedule_for(*model, model->outputs) : Result<Schedule>(model.error());
    if (!schedule) {
        EXPECT_EQ(schedule.error().code, Code::corrupt_model) << schedule.error().message;
    }
}

TEST(Half, EveryNumberIsExact) {
    for (unsigned half = 0; half <= 0xFFFF; ++half) {
        const int exponent = static_cast<int>(half >> 10 & 31);
        const double fraction = half & 1023;
        const double magnitude =
            exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25);
        const float value = float_of_half(static_cast<std::uint16_t>(half));
        EXPECT_EQ(std::signbit(value), half >= 0x8000U);
        if (exponent == 31)
            EXPECT_TRUE(fraction == 0 ? std::isinf(value) : std::isnan(value)) << half;
        else
            EXPECT_EQ(std::abs(value), magnitude) << half;
    }
}

TEST(TfliteModel, EveryOperatorIsRead) {
    const auto model = read_tflite_model(small_network()).value();
    EXPECT_EQ(model.values[model.input].shape, (Shape{1, 16, 16, 3}));
    EXPECT_EQ(all<Convolution>(model).size(), 6U);
    EXPECT_EQ(all<DepthwiseConvolution>(model).size(), 2U);
    EXPECT_EQ(all<Pad>(model).size(), 2U);
    EXPECT_EQ(all<Addition>(model).size(), 2U);
    EXPECT_EQ(all<ResizeBilinear>(model).size(), 1U);
    EXPECT_EQ(all<MaxPool>(model).size(), 1U);
    EXPECT_EQ(all<DepthToSpace>(model).size(), 1U);
    EXPECT_EQ(all<Reshape>(model).size(), 2U);
    EXPECT_EQ(all<Concatenation>(model).size(), 1U);
    EXPECT_EQ(all<Logistic>(model).size(), 1U);
    const auto& strided = *all<DepthwiseConvolution>(model)[1];
    EXPECT_EQ(strided.window.stride_width, 2U);
    EXPECT_EQ(strided.window.padding, Padding::same);
    EXPECT_EQ(strided.bounds.most, 6.0F);
    EXPECT_EQ(all<Convolution>(model)[1]->bounds.most, std::numeric_limits<float>::infinity());
}

TEST(TfliteModel, SparseWeightsGetTheirZeros) {
    const auto model = read_tflite_model(small_network()).value();
    // Of 8 rows of 8 columns, row r keeps the columns r mod 4 and 4 more; the kept values count through
    // -4/16 .. 4/16.
    const auto& weights = model.values[all<Convolution>(model)[1]->weights].constant;
    ASSERT_EQ(weights.size(), 64U);
    std::size_t kept = 0;
    for (std::size_t row = 0; row < 8; ++row) {
        for (std::size_t column = 0; column < 8; ++column) {
            const bool is_kept = column % 4 == row % 4;
            const float expected = is_kept ? (static_cast<float>(kept++ % 9) - 4.0F) / 16.0F : 0.0F;
            EXPECT_EQ(weights[row * 8 + column], expected) << row << ", " << column;
        }
    }
}

TEST(TfliteModel, TheSmallNetworkRuns) {
    const auto model = read_tflite_model(small_network()).value();
    const auto schedule = schedule_for(model, model.outputs).value();
    const auto outputs = Runtime::open(model, schedule, 1).value()->run(Tensor(768, 0.5F)).value();
    ASSERT_EQ(outputs.size(), 2U);
    EXPECT_EQ(outputs[0].size(), 256U);
    ASSERT_EQ(outputs[1].size(), 1U);
    EXPECT_GT(outputs[1][0], 0.0F);
    EXPECT_LT(outputs[1][0], 1.0F);
}

TEST(TfliteModel, WhatFeedsNoWantedOutputIsNotScheduled) {
    const auto model = read_tflite_model(small_network()).value();
    const auto everything = schedule_for(model, model.outputs).value();
    const std::vector wanted = {model.outputs[1]};
    const auto flag_only = schedule_for(model, wanted).value();
    // Reshapes and the concatenation never run; without the scores neither do their heads, RESIZE and D2S.
    EXPECT_EQ(everything.nodes.size(), model.nodes.size() - 3);
    EXPECT_EQ(flag_only.nodes.size(), everything.nodes.size() - 4);
    EXPECT_EQ(everything.outputs[0].size(), 2U);
}

TEST(TfliteModel, EveryCutIsCorrupt) {
    const auto whole = small_network();
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const auto model = read_tflite_model(std::span(whole).first(size));
        ASSERT_TRUE(model.has_error()) << size;
        ASSERT_EQ(model.error().code, Code::corrupt_model) << size;
    }
}

TEST(TfliteModel, EveryChangedByteIsHandled) {
    auto bytes = small_network();
    for (auto& byte : bytes) {
        const auto original = byte;
        for (const auto change : {0x01, 0x80, 0xFF}) {
            byte = original ^ static_cast<std::byte>(change);
            expect_handled(bytes);
        }
        byte = original;
    }
}

TEST(TfliteModel, CutsAndChangesOfTheRealFilesAreHandled) {
    for (const auto kind : {NetworkKind::detector, NetworkKind::landmark_lite}) {
        POSED_NEEDS(tests::blazepose_weights() / file_of(kind).name);
        auto bytes = bytes_of(kind);
        EXPECT_TRUE(read_tflite_model(bytes));
        for (std::size_t cut = 1; cut < bytes.size(); cut = cut * 5 / 4 + 1)
            EXPECT_EQ(read_tflite_model(std::span(bytes).first(bytes.size() - cut)).error().code,
                      Code::corrupt_model)
                << cut;
        // The tables stand around the weights: at both ends.
        for (std::size_t i = 0; i < 200; ++i) {
            const auto place = i % 2 == 0 ? i * 13 : bytes.size() - 1 - i * 531;
            bytes[place] ^= std::byte{0xFF};
            expect_handled(bytes);
            bytes[place] ^= std::byte{0xFF};
        }
    }
}

TEST(TfliteModel, OtherFilesAreCorrupt) {
    using namespace std::string_view_literals;
    for (const auto text : {""sv, "A text.\n"sv, "PK\x03\x04\x14\0\0\0\x08\0 a zip archive"sv,
                            "\xFF\xD8\xFF\xE0\0\x10JFIF\0 a picture"sv, "\0\0\0\0TFL3"sv}) {
        const auto model = read_tflite_model(std::as_bytes(std::span(text)));
        ASSERT_TRUE(model.has_error());
        EXPECT_EQ(model.error().code, Code::corrupt_model);
    }
}

}  // namespace
}  // namespace posed::estimation::blazepose
