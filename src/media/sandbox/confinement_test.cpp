#include "media/sandbox/confinement.h"

#include <filesystem>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "media/sandbox/sandbox.h"
#include "tests/support/shared_data.h"

namespace posed::media::sandbox {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::Each;
using testing::HasSubstr;
using testing::Not;

/// What a child that tries everything says came of it.
std::vector<std::string> report_of(const std::filesystem::path& program) {
    return Sandbox::open(program).value()->layers();
}

TEST(Confinement, WhatADecoderDoesNotNeedIsForbidden) {
    const auto report = report_of(POSED_PROBING_CHILD);
    ASSERT_THAT(report, Contains("thread: works")) << "threads are the one thing that must go on";
    for (const auto* attempt :
         {"open", "openat", "create", "unlink", "socket", "unix_socket", "execve", "fork", "clone", "ptrace",
          "read_of_parent", "kill", "memfd", "dup", "resize_of_ring", "executable_memory", "raise_of_limits",
          "unshare", "setuid"})
        EXPECT_THAT(report, Contains(std::string(attempt) + ": Operation not permitted"));
}

TEST(Confinement, EveryLayerHoldsByItself) {
    const tests::TemporaryFolder folder;
    const auto program = folder.path() / "layer_by_layer";
    std::filesystem::create_symlink(POSED_PROBING_CHILD, program);
    const auto report = report_of(program);
    EXPECT_THAT(report, Contains("descriptors: " + std::to_string(further_descriptors) +
                                 ", then Too many open files"));
    EXPECT_THAT(report, Contains("growing file: File too large"));
    EXPECT_THAT(report, Contains("core: 0"));
    // Where the kernel allows them, which is not everywhere, they work.
    EXPECT_THAT(report, Each(AllOf(Not(HasSubstr("root again: works")), Not(HasSubstr("path: works")),
                                   Not(HasSubstr("path to make: works")), Not(HasSubstr("old ones")))));
}

}  // namespace
}  // namespace posed::media::sandbox
