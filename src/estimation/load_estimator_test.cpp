#include "estimation/load_estimator.h"

#include <fstream>

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

}  // namespace
}  // namespace posed::estimation
