// A power cut keeps what was synced, in the order of the syncs. So the order of the system calls is the
// proof.

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/process.h"
#include "tests/support/shared_data.h"

namespace posed::tests {
namespace {

using testing::ElementsAre;

/// The lines of a trace that name what lies in `folder`, as "call path" with paths relative to it. Runs of
/// the same call on the same file count once. `strace -yy` writes a descriptor as 3</path>.
std::vector<std::string> calls_on(const std::filesystem::path& folder, const std::filesystem::path& trace) {
    std::vector<std::string> calls;
    std::ifstream file(trace);
    for (std::string line; std::getline(file, line);) {
        const auto begin = line.find(folder.string() + "/objects");
        const auto open = line.find('(');
        if (begin == std::string::npos || open == std::string::npos)
            continue;
        const auto end = line.find_first_of("\">", begin);
        const auto first = begin + folder.string().size() + 1;
        const auto name = line.rfind(' ', open) + 1;
        auto call = line.substr(name, open - name) + " " + line.substr(first, end - first);
        if (calls.empty() || calls.back() != call)
            calls.push_back(std::move(call));
    }
    return calls;
}

TEST(Durability, BytesThenFolderAreSyncedBeforeAnObjectCounts) {
    POSED_REQUIRES(std::filesystem::exists("/usr/bin/strace"), "strace is missing");
    const TemporaryFolder folder;
    const auto trace = folder.path() / "trace";
    const auto ended =
        run({"strace", "-f", "-y", "-o", trace, "-e", "trace=mkdir,openat,write,fsync,unlink",
             POSED_PUT_OBJECT, folder.path() / "objects", "videos/a.mp4"},
            {.set = {"ASAN_OPTIONS=detect_leaks=0"}, .folder = {}});  // two tracers cannot be there at once
    ASSERT_EQ(ended.exit_code, 0) << ended.errors;
    const auto calls = calls_on(folder.path(), trace);
    const auto first = std::ranges::find(calls, "openat objects/videos/a.mp4");
    EXPECT_THAT(std::vector(first, calls.end()),
                ElementsAre("openat objects/videos/a.mp4", "write objects/videos/a.mp4",
                            "fsync objects/videos/a.mp4", "openat objects/videos", "fsync objects/videos",
                            "unlink objects/videos/a.mp4", "openat objects/videos", "fsync objects/videos"));
    // The folders themselves last, too, before the first object.
    EXPECT_THAT(std::vector(calls.begin(), first), testing::Contains("mkdir objects/videos"));
    EXPECT_EQ(*(first - 1), "fsync objects");
}

}  // namespace
}  // namespace posed::tests
