// What is true of a store on a disk only; what every store does stands in conformance_test.cpp.

#include "storage/filesystem_store.h"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/process.h"
#include "tests/support/shared_data.h"
#include "tests/support/small_file_system.h"

namespace posed::storage {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;

std::unique_ptr<ObjectStore> open_store(const std::filesystem::path& folder,
                                        std::optional<std::uint64_t> max_bytes = {},
                                        const Clock& clock = system_clock()) {
    return open_filesystem_store({.folder = folder, .max_bytes = max_bytes}, clock).value();
}

const std::vector<std::byte> kilobyte(1000, std::byte{'x'});

Result<std::uint64_t> put_kilobytes(ObjectStore& store, std::string_view key, int count) {
    auto writer = TRY(store.put(key));
    for (int i = 0; i < count; ++i)
        TRY(writer->write(kilobyte));
    return writer->finish();
}

int permissions_of(const std::filesystem::path& path) {
    return static_cast<int>(std::filesystem::status(path).permissions());
}

TEST(FilesystemStore, IsForItsOwnerAlone) {
    const tests::TemporaryFolder folder;
    const auto root = folder.path() / "data/posed/objects";
    ASSERT_TRUE(put_kilobytes(*open_store(root), "videos/a.mp4", 1));
    EXPECT_EQ(permissions_of(root), 0700);
    EXPECT_EQ(permissions_of(root / "videos"), 0700);
    EXPECT_EQ(permissions_of(root / "videos/a.mp4"), 0600);
}

TEST(FilesystemStore, IsOpenedAgainWithWhatItHolds) {
    const tests::TemporaryFolder folder;
    ASSERT_TRUE(put_kilobytes(*open_store(folder.path()), "videos/a.mp4", 1));
    EXPECT_EQ(open_store(folder.path())->size("videos/a.mp4").value(), 1000U);
}

TEST(FilesystemStore, WritesInPlaceUnderTheKeyAlone) {
    const tests::TemporaryFolder folder;
    const auto store = open_store(folder.path());
    const auto writer = store->put("videos/a.mp4").value();
    ASSERT_TRUE(writer->write(kilobyte));
    EXPECT_EQ(std::filesystem::file_size(folder.path() / "videos/a.mp4"), 1000U);
    EXPECT_EQ(tests::files_in(folder.path()), 1U);
}

TEST(FilesystemStore, FilesThatAreNoObjectsAreLeftAlone) {
    const tests::TemporaryFolder folder;
    const auto store = open_store(folder.path());
    std::ofstream(folder.path() / "videos/.DS_Store") << "x";
    std::ofstream(folder.path() / "videos/Holiday Clip.mp4") << "x";
    std::filesystem::create_directory(folder.path() / "videos/folder");
    int listed = 0;
    EXPECT_TRUE(store->list([&](const ObjectInfo&) { ++listed; }));
    EXPECT_EQ(listed, 0);
}

TEST(FilesystemStore, APlaceThatCannotBeUsedIsRefusedWithItsName) {
    const tests::TemporaryFolder folder;
    std::ofstream(folder.path() / "file") << "x";
    const auto opened =
        open_filesystem_store({.folder = folder.path() / "file", .max_bytes = {}}, system_clock());
    EXPECT_THAT(opened.error().message, HasSubstr((folder.path() / "file").string()));
    // This recursed without end: a folder whose parent is a link to nowhere cannot be made.
    std::filesystem::create_symlink("/nowhere/at/all", folder.path() / "link");
    EXPECT_EQ(
        open_filesystem_store({.folder = folder.path() / "link/objects", .max_bytes = {}}, system_clock())
            .error()
            .code,
        Code::not_found);
}

TEST(FilesystemStore, AFullDiskIsToldAndLeavesNothing) {
    const tests::SmallFileSystem disk(256 << 10);
    POSED_NEEDS_DISK(disk);
    const auto store = open_store(disk.path());
    ASSERT_TRUE(put_kilobytes(*store, "videos/small.mp4", 10));

    auto writer = store->put("videos/large.mp4").value();
    Result<> written;
    for (int i = 0; i < 1000 && written.has_value(); ++i)
        written = writer->write(kilobyte);
    ASSERT_TRUE(written.has_error());
    EXPECT_EQ(written.error().code, Code::storage_full);
    EXPECT_THAT(written.error().message, AllOf(HasSubstr("videos/large.mp4"), HasSubstr("No space left")));
    // At once, before the writer goes: others need the room.
    EXPECT_EQ(store->size("videos/large.mp4").error().code, Code::not_found);
    EXPECT_EQ(writer->write(kilobyte).error(), written.error());
    EXPECT_EQ(writer->finish().error(), written.error());
    writer.reset();
    EXPECT_TRUE(put_kilobytes(*store, "videos/next.mp4", 10));
    EXPECT_EQ(tests::files_in(disk.path()), 2U);
}

TEST(FilesystemStore, ADiskThatMayNotBeWrittenIsAPermissionError) {
    const tests::SmallFileSystem disk(256 << 10);
    POSED_NEEDS_DISK(disk);
    const auto store = open_store(disk.path());
    ASSERT_TRUE(put_kilobytes(*store, "videos/a.mp4", 1));
    disk.make_read_only();
    EXPECT_EQ(store->put("videos/b.mp4").error().code, Code::permission_denied);
    EXPECT_EQ(store->remove("videos/a.mp4").error().code, Code::permission_denied);
    EXPECT_EQ(store->probe().error().code, Code::permission_denied);
    EXPECT_EQ(store->size("videos/a.mp4").value(), 1000U);
}

TEST(FilesystemStore, FreeSpaceIsTheDisksOrTheLimits) {
    const tests::SmallFileSystem disk(1 << 20);
    POSED_NEEDS_DISK(disk);
    EXPECT_LE(open_store(disk.path())->usage().value().free_bytes.value(), 1U << 20);
    EXPECT_GT(open_store(disk.path())->usage().value().free_bytes.value(), 900U << 10);
    EXPECT_EQ(open_store(disk.path(), 5000)->usage().value().free_bytes, 5000U);
}

TEST(SpaceLimit, HoldsWhileAnObjectIsWritten) {
    const tests::TemporaryFolder folder;
    const auto store = open_store(folder.path(), 10'000);
    ASSERT_TRUE(put_kilobytes(*store, "videos/a.mp4", 8));
    EXPECT_EQ(store->usage().value().free_bytes, 2000U);

    const auto refused = put_kilobytes(*store, "videos/b.mp4", 3);
    ASSERT_TRUE(refused.has_error());
    EXPECT_EQ(refused.error().code, Code::storage_full);
    EXPECT_EQ(refused.error().message, "the store holds 10000 of at most 10000 bytes; 1000 more do not fit");
    EXPECT_EQ(tests::files_in(folder.path()), 1U);
    EXPECT_TRUE(put_kilobytes(*store, "videos/c.mp4", 2)) << "what was refused takes no room";
}

TEST(SpaceLimit, HoldsForAllWritersTogether) {
    const tests::TemporaryFolder folder;
    const auto store = open_store(folder.path(), 3000);
    const auto one = store->put("videos/a.mp4").value();
    auto other = store->put("videos/b.mp4").value();
    EXPECT_TRUE(one->write(kilobyte));
    EXPECT_TRUE(other->write(kilobyte));
    EXPECT_TRUE(one->write(kilobyte));
    EXPECT_EQ(one->write(kilobyte).error().code, Code::storage_full);
    // `one` is gone, and its room with it.
    EXPECT_TRUE(other->write(kilobyte));
    EXPECT_TRUE(other->write(kilobyte));
    EXPECT_EQ(other->write(kilobyte).error().code, Code::storage_full);
}

TEST(SpaceLimit, RemovingMakesRoom) {
    const tests::TemporaryFolder folder;
    const auto store = open_store(folder.path(), 3000);
    ASSERT_TRUE(put_kilobytes(*store, "videos/a.mp4", 3));
    EXPECT_TRUE(put_kilobytes(*store, "videos/b.mp4", 1).has_error());
    ASSERT_TRUE(store->remove("videos/a.mp4"));
    EXPECT_TRUE(put_kilobytes(*store, "videos/b.mp4", 3));
}

TEST(SpaceLimit, LearnsWhatOtherProcessesDo) {
    const tests::TemporaryFolder folder;
    ManualClock clock;
    const auto ours = open_store(folder.path(), 3000, clock);
    const auto theirs = open_store(folder.path());
    ASSERT_TRUE(put_kilobytes(*ours, "videos/a.mp4", 1));
    ASSERT_TRUE(put_kilobytes(*theirs, "videos/b.mp4", 2));
    clock.advance(measured_for);
    EXPECT_EQ(put_kilobytes(*ours, "videos/c.mp4", 1).error().code, Code::storage_full);
    // What they removed is known at once: nothing is refused on an old measure.
    ASSERT_TRUE(theirs->remove("videos/b.mp4"));
    EXPECT_TRUE(put_kilobytes(*ours, "videos/c.mp4", 2));
}

}  // namespace
}  // namespace posed::storage
