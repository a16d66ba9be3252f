// What `posed` leaves behind when the machine fails it, or its user stops it.

#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "tests/support/process.h"
#include "tests/support/shared_data.h"
#include "tests/support/small_file_system.h"
#include "tests/support/synthetic_clip.h"

namespace posed::tests {
namespace {

std::vector<std::string> estimate(const std::filesystem::path& clip, const std::filesystem::path& target) {
    return {posed_program(), "estimate", clip, "-o", target, "--estimator", "blazepose-lite"};
}

TEST(Faults, AFullDiskIsAClearErrorAndLeavesNothing) {
    const SmallFileSystem small(64 << 10);
    POSED_NEEDS_DISK(small);
    const TemporaryFolder folder;
    const auto archive = folder.path() / "clip.safetensors";
    ASSERT_EQ(run(estimate(synthetic_clip(), archive)).exit_code, 0);
    {
        // Fill it, so that neither archive nor video has room, whatever the networks find in the clip.
        std::ofstream filler(small.path() / "filler");
        filler << std::string((64 << 10) - 4096, 'x') << std::flush;
    }
    for (const auto& arguments : {estimate(synthetic_clip(), small.path() / "a.safetensors"),
                                  std::vector<std::string>{posed_program(), "render", synthetic_clip(),
                                                           archive, "-o", small.path() / "v.mp4"}}) {
        const auto ended = run(arguments);
        EXPECT_EQ(ended.exit_code, 1) << ended.errors;
        EXPECT_NE(ended.errors.find("No space left"), std::string::npos) << ended.errors;
        EXPECT_EQ(files_in(small.path()), 1U) << "only the filler may remain";
    }
}

TEST(Faults, AnInterruptedRunLeavesNothing) {
    const TemporaryFolder folder;
    const auto archive = folder.path() / "clip.safetensors";
    ASSERT_EQ(run(estimate(synthetic_clip(), archive)).exit_code, 0);
    for (const int number : {SIGINT, SIGTERM}) {
        for (const auto& arguments :
             {std::vector<std::string>{posed_program(), "estimate", synthetic_clip(), "-o",
                                       folder.path() / "b.safetensors", "--estimator", "blazepose-heavy",
                                       "--threads", "1"},
              std::vector<std::string>{posed_program(), "render", synthetic_clip(), archive, "-o",
                                       folder.path() / "b.mp4", "--preset", "veryslow", "--threads", "1"}}) {
            Process process(arguments);
            ASSERT_TRUE(process.wait_until_said(R"("event":"progress")"));
            process.signal(number);
            const auto ended = process.wait();
            EXPECT_EQ(ended.exit_code, 130) << ended.errors;
            EXPECT_EQ(files_in(folder.path()), 1U) << "only the first archive may remain";
        }
    }
}

TEST(Faults, MissingWeightsNameTheirPackage) {
    const TemporaryFolder folder;
    const auto ended = run(estimate(synthetic_clip(), folder.path() / "a.safetensors"),
                           {.set = {"POSED_BLAZEPOSE_DIR=/nowhere"}, .folder = {}});
    EXPECT_EQ(ended.exit_code, 1);
    EXPECT_NE(ended.errors.find("@mediapipe/pose"), std::string::npos) << ended.errors;
    EXPECT_EQ(files_in(folder.path()), 0U);
}

TEST(Faults, AMissingModuleIsNamed) {
    const TemporaryFolder folder;
    const auto ended = run(estimate(synthetic_clip(), folder.path() / "a.safetensors"),
                           {.set = {"POSED_MODULE_DIR=/nowhere"}, .folder = {}});
    EXPECT_EQ(ended.exit_code, 1);
    EXPECT_NE(ended.errors.find("/nowhere"), std::string::npos) << ended.errors;
}

TEST(Faults, OutputInAMissingFolderIsRefusedBeforeAnyWork) {
    const auto ended = run(estimate(synthetic_clip(), "/nowhere/at/all/a.safetensors"));
    EXPECT_EQ(ended.exit_code, 2);
    EXPECT_NE(ended.errors.find("/nowhere/at/all"), std::string::npos) << ended.errors;
}

}  // namespace
}  // namespace posed::tests
