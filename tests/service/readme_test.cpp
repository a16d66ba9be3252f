// What the README tells a newcomer to type is typed here.

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/service/running_service.h"
#include "tests/support/process.h"
#include "tests/support/synthetic_clip.h"

namespace posed::tests {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string content_of(const std::filesystem::path& path) {
    std::ifstream stream(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

/// The shell lines of a chapter, one block after another.
std::string shell_lines(const std::string& readme, const std::string& heading) {
    const auto begin = readme.find(heading);
    const auto chapter = readme.substr(begin, readme.find("\n## ", begin + 1) - begin);
    const std::string opening = "\n```sh\n", closing = "```\n";
    std::string lines;
    for (auto at = chapter.find(opening); at != std::string::npos; at = chapter.find(opening, at + 1)) {
        const auto block = at + opening.size();
        lines += chapter.substr(block, chapter.find(closing, block) - block);
    }
    return lines;
}

void replace(std::string& text, const std::string& what, const std::string& by) {
    const auto at = text.find(what);
    ASSERT_NE(at, std::string::npos) << what;
    text.replace(at, what.size(), by);
}

TEST(Readme, TourLeadsThroughTheWholeService) {
    const RunningService service;
    const TemporaryFolder folder;
    std::filesystem::copy_file(synthetic_clip(), folder.path() / "clip.mp4");
    auto tour = shell_lines(content_of(POSED_README), "\n## A tour with curl\n");
    ASSERT_NO_FATAL_FAILURE(replace(tour, "http://127.0.0.1:8000", service.url()));

    const auto finished =
        run({"bash", "-euo", "pipefail", "-c", tour}, {.set = {"no_proxy=*"}, .folder = folder.path()});

    EXPECT_EQ(finished.exit_code, 0) << tour << finished.output << finished.errors;
    EXPECT_THAT(finished.output, HasSubstr(R"("status":"SUCCESS")"));
    EXPECT_THAT(finished.output, HasSubstr("event: task"));
    EXPECT_EQ(run({posed_program(), "inspect", folder.path() / "clip.safetensors"}).exit_code, 0);
    EXPECT_THAT(run({posed_program(), "probe", folder.path() / "drawn.mp4"}).output, HasSubstr("h264"));
    EXPECT_THAT(content_of(folder.path() / "poses.csv"), StartsWith("frame,"));
    EXPECT_EQ(run({"curl", "-sS", "--noproxy", "*", service.url() + "/videos/"}).output, "[]");
}

}  // namespace
}  // namespace posed::tests
