#include "estimation/blazepose/network_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/digest.h"
#include "tests/support/shared_data.h"

namespace posed::estimation::blazepose {
namespace {

TEST(NetworkFiles, ThePackageHoldsTheExpectedBytes) {
    for (const auto kind : network_kinds) {
        POSED_NEEDS(tests::blazepose_weights() / file_of(kind).name);
        const auto file = open_network_file(tests::blazepose_weights(), kind).value();
        EXPECT_EQ(sha256_of(*file).value(), file_of(kind).sha256) << file_of(kind).name;
    }
}

TEST(NetworkFiles, AMissingFileSaysWhereItComesFrom) {
    const tests::TemporaryFolder empty;
    const auto error = open_network_file(empty.path(), NetworkKind::landmark_full).error();
    EXPECT_EQ(error.code, Code::model_missing);
    EXPECT_THAT(error.message, testing::HasSubstr("pose_landmark_full.tflite"));
    EXPECT_THAT(error.suggestion, testing::HasSubstr("@mediapipe/pose"));
    EXPECT_THAT(error.suggestion, testing::HasSubstr("make setup"));
}

}  // namespace
}  // namespace posed::estimation::blazepose
