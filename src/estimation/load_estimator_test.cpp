#include "estimation/load_estimator.h"

#include <cstdio>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/shared_data.h"

namespace posed::estimation {
namespace {

using testing::HasSubstr;

Error error_of_loading(std::string_view name, const Config& config) {
    return load_estimator(name, config, 1, silent_log()).error();
}

TEST(LoadEstimator, AnUnknownNameIsAnsweredWithTheKnownOnes) {
    const auto error = error_of_loading("openpose", {});
    EXPECT_EQ(error.code, Code::invalid_argument);
    EXPECT_THAT(error.message, HasSubstr("openpose"));
    for (const auto known : estimator_names())
        EXPECT_THAT(error.suggestion, HasSubstr(std::string(known)));
}

TEST(LoadEstimator, AMissingModuleIsNamed) {
    const tests::TemporaryFolder empty;
    const auto error =
        error_of_loading("blazepose-full", {.module_directory = empty.path(), .blazepose_directory = {}});
    EXPECT_EQ(error.code, Code::model_missing);
    EXPECT_THAT(error.message, HasSubstr((empty.path() / "blazepose.so").string()));
    EXPECT_THAT(error.suggestion, HasSubstr("POSED_MODULE_DIR"));
}

TEST(LoadEstimator, AFileThatIsNoModuleIsRefused) {
    const tests::TemporaryFolder folder;
    std::ofstream(folder.path() / "blazepose.so") << "not a shared object";
    const auto error =
        error_of_loading("blazepose-full", {.module_directory = folder.path(), .blazepose_directory = {}});
    EXPECT_EQ(error.code, Code::model_missing);
    EXPECT_THAT(error.message, HasSubstr("blazepose.so"));
}

TEST(LoadEstimator, MissingWeightsSayWhereTheyComeFrom) {
    const tests::TemporaryFolder empty;
    const auto error = error_of_loading(
        "blazepose-full", {.module_directory = POSED_MODULE_DIRECTORY, .blazepose_directory = empty.path()});
    EXPECT_EQ(error.code, Code::model_missing);
    EXPECT_THAT(error.message, HasSubstr(empty.path().string()));
    EXPECT_THAT(error.suggestion, HasSubstr("@mediapipe/pose"));
    EXPECT_THAT(error.suggestion, HasSubstr("make setup"));
}

TEST(LoadEstimator, EveryKnownEstimatorOpens) {
    POSED_NEEDS(tests::blazepose_weights() / "pose_landmark_heavy.tflite");
    const Config config{.module_directory = POSED_MODULE_DIRECTORY,
                        .blazepose_directory = tests::blazepose_weights()};
    for (const auto name : estimator_names()) {
        const auto estimator = load_estimator(name, config, 1, silent_log()).value();
        EXPECT_EQ(estimator->description().name, name);
        EXPECT_EQ(estimator->description().weights.size(), 2U);
    }
}

TEST(LoadEstimator, TheModuleExportsItsEntryAndItsThreadPoolOnly) {
    const auto close = [](FILE* pipe) { ::pclose(pipe); };
    const std::unique_ptr<FILE, decltype(close)> symbols(::popen(
        "nm --dynamic --defined-only --format=just-symbols " POSED_MODULE_DIRECTORY "/blazepose.so", "r"));
    ASSERT_TRUE(symbols);
    std::string exported;
    for (int letter = 0; (letter = std::fgetc(symbols.get())) != EOF;)
        exported += static_cast<char>(letter);
    // And the thread pool that XNNPACK is to find before libpthreadpool's.
    std::istringstream lines(exported);
    bool entry = false;
    for (std::string name; std::getline(lines, name);) {
        entry = entry || name == "posed_open_estimator";
        EXPECT_TRUE(name == "posed_open_estimator" || name.starts_with("pthreadpool_")) << name;
    }
    EXPECT_TRUE(entry);
}

}  // namespace
}  // namespace posed::estimation
