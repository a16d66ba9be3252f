// The checks of this folder, held against the project itself. `ctest -R tidy` runs them.

#include <array>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/shared_data.h"
#include "tests/tidy/includes.h"
#include "tests/tidy/rules.h"
#include "tests/tidy/source.h"

namespace posed::tidy {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const std::filesystem::path root = POSED_SOURCE_DIRECTORY;

const std::vector<Source>& project() {
    static const auto sources = read_sources(root, {"src", "tests", "fuzz", "benchmarks"});
    return sources;
}

std::string read_here(const char* name) {
    return read_text(root / "tests/tidy" / name);
}

/// What a command prints, and whether it succeeded.
std::pair<std::string, bool> output_of(const std::string& command) {
    const auto pipe = ::popen(command.c_str(), "r");
    if (pipe == nullptr)
        return {"", false};
    std::string text;
    std::array<char, 4096> buffer{};
    while (const auto bytes = std::fread(buffer.data(), 1, buffer.size(), pipe))
        text.append(buffer.data(), bytes);
    return {text, ::pclose(pipe) == 0};
}

template <class Check>
void expect_clean(Check check) {
    for (const auto& source : project()) {
        for (const auto& violation : check(source))
            ADD_FAILURE() << violation;
    }
}

TEST(Tree, IncludesFollowTheTable) {
    for (const auto& violation : check_includes(project(), parse_layers(read_here("layers.txt"))))
        ADD_FAILURE() << violation;
}

TEST(Tree, FunctionsAndFilesAreShort) {
    expect_clean(check_lengths);
}

TEST(Tree, ForbiddenWordsStandOnlyWhereExcepted) {
    for (const auto& violation : check_words(project(), parse_exceptions(read_here("exceptions.txt"))))
        ADD_FAILURE() << violation;
}

TEST(Tree, OpenEndsSayTheirKind) {
    expect_clean(check_comments);
}

TEST(Tree, TrackedFilesNameNoMachineAndAreSmall) {
    const auto [list, succeeded] =
        output_of("git -c safe.directory='*' -C '" + root.string() + "' ls-files -z --cached 2>/dev/null");
    POSED_REQUIRES(succeeded, "this is no git checkout");
    std::istringstream paths(list);
    int count = 0;
    for (std::string path; std::getline(paths, path, '\0'); ++count) {
        if (!std::filesystem::is_regular_file(root / path))
            continue;
        for (const auto& violation : check_portable(path, read_text(root / path)))
            ADD_FAILURE() << violation;
    }
    EXPECT_GT(count, 50);
}

// A source that no CMakeLists.txt names is neither compiled nor tested.
TEST(Tree, EverySourceIsBuilt) {
    for (const auto& source : project()) {
        if (!source.path.ends_with(".cpp"))
            continue;
        const auto file = root / source.path;
        bool named = false;
        for (auto folder = file.parent_path(); !named && folder != root; folder = folder.parent_path()) {
            const auto list = folder / "CMakeLists.txt";
            named = std::filesystem::exists(list) &&
                    read_text(list).find(file.lexically_relative(folder).string()) != std::string::npos;
        }
        named = named || read_text(root / "cmake/folder.cmake").find(source.path) != std::string::npos;
        EXPECT_TRUE(named) << source.path << " is in no CMakeLists.txt above it";
    }
}

// base/ is a closed list: what everyone may include must not become where everything is put.
TEST(Tree, BaseHoldsOnlyWhatTheDocumentLists) {
    const auto document = read_text(root / "docs/architecture.md");
    for (const auto& entry : std::filesystem::directory_iterator(root / "src/base")) {
        if (entry.path().extension() == ".h") {
            EXPECT_THAT(document, HasSubstr("`" + entry.path().stem().string() + "`"))
                << "a file of src/base needs two users and a line in docs/architecture.md";
        }
    }
}

#ifdef POSED_PROGRAM
// Engines live in modules: a process that estimates nothing must not map one, and the kernels inside a
// downloaded engine must not meet another copy of themselves in the program.
TEST(Tree, TheProgramMapsNoEngine) {
    const auto [libraries, succeeded] = output_of("ldd '" POSED_PROGRAM "'");
    ASSERT_TRUE(succeeded) << libraries;
    ASSERT_THAT(libraries, HasSubstr("libavformat")) << "this is not the program";
    for (const auto* engine : {"dnnl", "blas", "lapack", "torch", "libc10", "opencv", "avfilter", "avdevice"})
        EXPECT_THAT(libraries, Not(HasSubstr(engine)));
}
#endif

}  // namespace
}  // namespace posed::tidy
