#include "commands/scratch_folder.h"

#include <fstream>
#include <optional>

#include <gtest/gtest.h>

#include "tests/support/shared_data.h"

namespace posed::commands {
namespace {

class ScratchFolderTest : public testing::Test {
  protected:
    static void write_file(const std::filesystem::path& path) { std::ofstream(path) << "half a video"; }

    tests::TemporaryFolder folder;
    std::filesystem::path parent = folder.path() / "scratch";
};

TEST_F(ScratchFolderTest, IsMadeAndDeletedWithItsFiles) {
    {
        const auto scratch = ScratchFolder::open(parent, "a").value();
        EXPECT_EQ(scratch.path(), parent / "a");
        write_file(scratch.path() / "clip");
    }
    EXPECT_TRUE(std::filesystem::is_empty(parent));
}

TEST_F(ScratchFolderTest, LeavesThoseThatAreInUse) {
    const auto a = ScratchFolder::open(parent, "a").value();
    write_file(a.path() / "clip");
    const auto b = ScratchFolder::open(parent, "b").value();
    EXPECT_TRUE(std::filesystem::exists(a.path() / "clip"));
}

TEST_F(ScratchFolderTest, DeletesWhatAKilledProcessLeftBehind) {
    std::filesystem::create_directories(parent / "killed" / "deeper");
    write_file(parent / "killed" / "clip");
    const auto scratch = ScratchFolder::open(parent, "a").value();
    EXPECT_FALSE(std::filesystem::exists(parent / "killed"));
}

TEST_F(ScratchFolderTest, DoesNotFollowLinks) {
    std::filesystem::create_directories(folder.path() / "elsewhere");
    write_file(folder.path() / "elsewhere" / "clip");
    std::filesystem::create_directories(parent);
    std::filesystem::create_directory_symlink(folder.path() / "elsewhere", parent / "link");
    const auto scratch = ScratchFolder::open(parent, "a").value();
    EXPECT_TRUE(std::filesystem::exists(folder.path() / "elsewhere" / "clip"));
}

TEST_F(ScratchFolderTest, IsNeverSharedByTwo) {
    const auto first = ScratchFolder::open(parent, "a").value();
    EXPECT_TRUE(ScratchFolder::open(parent, "a").has_error());
    EXPECT_TRUE(std::filesystem::exists(first.path()));
}

TEST_F(ScratchFolderTest, NamesAFolderThatCannotBe) {
    const auto scratch = ScratchFolder::open(folder.path() / "nowhere" / "scratch", "a");
    ASSERT_TRUE(scratch.has_error());
    EXPECT_EQ(scratch.error().code, Code::not_found);
    EXPECT_NE(scratch.error().message.find("nowhere"), std::string::npos);
}

}  // namespace
}  // namespace posed::commands
