// `posed` on inputs that are damaged, lying or not videos at all, as a user meets it.

#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "base/byte_source.h"
#include "results/archive.h"
#include "tests/support/process.h"
#include "tests/support/shared_data.h"

namespace posed::tests {
namespace {

std::filesystem::path bad(const std::string& name) {
    return shared_data() / "footage/bad" / name;
}

struct Refusal {
    std::string file;
    std::string said;  ///< must stand in the error
};

class Refused : public testing::TestWithParam<Refusal> {};

TEST_P(Refused, WithOneLineCodeTwoInTimeAndMemoryAndNoFileLeft) {
    const auto& [file, said] = GetParam();
    POSED_NEEDS(bad(file));
    const TemporaryFolder folder;
    const auto run_ended = run({posed_program(), "estimate", bad(file), "--estimator", "blazepose-lite"},
                               {.set = {}, .folder = folder.path()});
    EXPECT_EQ(run_ended.exit_code, 2);
    EXPECT_TRUE(run_ended.errors.starts_with("posed: error: ")) << run_ended.errors;
    EXPECT_EQ(run_ended.errors.find('\n'), run_ended.errors.size() - 1) << run_ended.errors;
    EXPECT_NE(run_ended.errors.find(said), std::string::npos) << run_ended.errors;
    EXPECT_EQ(run_ended.output, "");
    EXPECT_LT(run_ended.processor_seconds, 5);
    EXPECT_LT(run_ended.peak_megabytes, 1000);
    EXPECT_EQ(files_in(folder.path()), 0U);
}

INSTANTIATE_TEST_SUITE_P(
    Footage, Refused,
    testing::Values(Refusal{"truncated_index_at_end.mp4", "moov"}, Refusal{"index_without_data.mp4", "frame"},
                    Refusal{"ftyp_box_only.mp4", "32"},
                    Refusal{"decompression_bomb_16000x16000.mp4", "16000x16000"},
                    Refusal{"zero_bytes.mp4", "empty"}, Refusal{"text_renamed.mp4", "is text"},
                    Refusal{"no_signature.txt", "is text"}, Refusal{"zip_renamed.mp4", "ZIP"},
                    Refusal{"random_bytes.mp4", "unknown content"}, Refusal{"audio_only.mp4", "video"},
                    Refusal{"jpeg_renamed.mp4", "JPEG"}),
    [](const auto& refusal) { return std::filesystem::path(refusal.param.file).stem().string(); });

struct Survival {
    std::string file;
    std::int64_t frames;
    std::int64_t lost_at_least;
    std::int64_t tolerance = 0;
};

class Survived : public testing::TestWithParam<Survival> {};

TEST_P(Survived, WithItsFramesAndItsLossesReported) {
    const auto& [file, frames, lost_at_least, tolerance] = GetParam();
    POSED_NEEDS(bad(file));
    const TemporaryFolder folder;
    const auto archive_path = folder.path() / "out.safetensors";
    const auto estimated =
        run({posed_program(), "estimate", bad(file), "-o", archive_path, "--estimator", "blazepose-lite"});
    ASSERT_EQ(estimated.exit_code, 0) << estimated.errors;
    const auto source = open_file(archive_path).value();
    const auto counts = results::open_archive(*source).value()->counts();
    EXPECT_NEAR(static_cast<double>(counts.frames), static_cast<double>(frames),
                static_cast<double>(tolerance));
    EXPECT_GE(counts.lost.count, lost_at_least);
    EXPECT_EQ(counts.lost.count > 0, estimated.errors.find("frames are lost") != std::string::npos)
        << estimated.errors;
    EXPECT_EQ(files_in(folder.path()), 1U);

    const auto video_path = folder.path() / "out.mp4";
    const auto rendered =
        run({posed_program(), "render", bad(file), archive_path, "-o", video_path, "--preset", "ultrafast"});
    EXPECT_EQ(rendered.exit_code, 0) << rendered.errors;
    EXPECT_EQ(files_in(folder.path()), 2U);

    const auto strict =
        run({posed_program(), "estimate", bad(file), "-o", folder.path() / "strict.safetensors", "--strict",
             "--estimator", "blazepose-lite"});
    EXPECT_EQ(strict.exit_code, counts.lost.count > 0 ? 2 : 0) << strict.errors;
    EXPECT_EQ(files_in(folder.path()), counts.lost.count > 0 ? 2U : 3U);
}

INSTANTIATE_TEST_SUITE_P(
    Footage, Survived,
    testing::Values(Survival{"webm_renamed.mp4", 60, 0}, Survival{"absurd_dimensions_header.mp4", 72, 0},
                    Survival{"lying_duration.mp4", 72, 0}, Survival{"one_frame.mp4", 1, 0},
                    Survival{"corrupted_middle.mp4", 66, 1, 6},
                    Survival{"truncated_index_at_start.mp4", 13, 1, 1},
                    Survival{"unusual_odd_size_641x361_yuv444.mp4", 24, 0},
                    Survival{"unusual_tiny_32x18.mp4", 24, 0}),
    [](const auto& survival) { return std::filesystem::path(survival.param.file).stem().string(); });

TEST(BadInput, MissingFileAndFolderAreNamed) {
    const TemporaryFolder folder;
    const auto missing =
        run({posed_program(), "estimate", "/nowhere.mp4"}, {.set = {}, .folder = folder.path()});
    EXPECT_EQ(missing.exit_code, 2);
    EXPECT_NE(missing.errors.find("/nowhere.mp4"), std::string::npos);
    EXPECT_EQ(
        run({posed_program(), "estimate", folder.path()}, {.set = {}, .folder = folder.path()}).exit_code, 2);
    EXPECT_EQ(files_in(folder.path()), 0U);
}

struct WrongOption {
    std::vector<std::string> arguments;
    std::string said;
};

TEST(BadInput, WrongOptionsNameWhatIsAllowed) {
    const std::vector<WrongOption> cases = {
        {{"estimate", "x.mp4", "--fps", "0"}, "at most 1000"},
        {{"estimate", "x.mp4", "--start", "-1"}, "0 to 1000000"},
        {{"estimate", "x.mp4", "--width", "1", "--height", "4"}, "2"},
        {{"estimate", "x.mp4", "--width", "640"}, "--height"},
        {{"estimate", "x.mp4", "--fov", "200"}, "179"},
        {{"estimate", "x.mp4", "--camera", "1,2"}, "fx,fy,cx,cy"},
        {{"estimate", "x.mp4", "--smoothing", "maybe"}, "on"},
        {{"estimate", "x.mp4", "--threads", "0"}, "1"},
        {{"estimate", "/dev/null", "--estimator", "magic"}, "blazepose-full"},
        {{"render", "x.mp4", "x.safetensors", "--crf", "52"}, "51"},
        {{"render", "x.mp4", "x.safetensors", "--preset", "warp"}, "veryslow"},
        {{"inspect", "x.safetensors", "--frames", "7:3"}, "A <= B"},
        {{"inspect", "x.safetensors", "--format", "xml"}, "csv"},
        {{}, "SUBCOMMAND"},
        {{"dance"}, "dance"},
    };
    for (const auto& [arguments, said] : cases) {
        std::vector<std::string> line{posed_program()};
        line.insert(line.end(), arguments.begin(), arguments.end());
        const auto ended = run(line);
        EXPECT_EQ(ended.exit_code, 2) << ended.errors;
        EXPECT_NE(ended.errors.find(said), std::string::npos) << said << " is missing in: " << ended.errors;
    }
}

}  // namespace
}  // namespace posed::tests
