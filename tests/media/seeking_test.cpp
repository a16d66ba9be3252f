// Windows that start anywhere, against the matching part of a full decode.

#include <filesystem>
#include <string>

#include <gtest/gtest.h>

#include "media/reference_ffmpeg.h"
#include "tests/media/clips.h"
#include "tests/support/shared_data.h"

namespace posed::tests {
namespace {

using namespace std::chrono_literals;

/// 20 windows of 0.4 s: half of them start at a frame, half in between; some in the last frame's time.
void expect_windows_of_full_decode(const std::filesystem::path& path) {
    const auto full = decode(path);
    ASSERT_FALSE(full.error) << full.error->message;
    ASSERT_GT(full.frames.size(), 20U);
    const auto last = full.frames.back().microseconds;
    constexpr int windows = 20;
    for (int i = 0; i < windows; ++i) {
        const auto index = full.frames.size() * static_cast<std::size_t>(i) / windows;
        const auto start = i % 2 == 0 ? full.frames[index].microseconds : last * i / (windows - 1);
        std::vector<ShownFrame> expected;
        for (const auto& frame : full.frames) {
            if (frame.microseconds >= start && frame.microseconds < start + 400'000)
                expected.push_back(frame);
        }
        const auto window =
            decode(path, {.start = Microseconds(start), .duration = 400ms, .rate = {}}, 1 + i % 3);
        ASSERT_FALSE(window.error) << "at " << start << " us: " << window.error->message;
        EXPECT_TRUE(window.frames == expected) << "window at " << start << " us: " << window.frames.size()
                                               << " frames, " << expected.size() << " expected";
        EXPECT_EQ(window.lost.count, 0) << window.lost.first_reason;
    }
}

struct Recipe {
    const char* name;
    const char* file;
    const char* arguments;
};

constexpr auto moving_pattern = "-f lavfi -i testsrc2=size=320x180:rate=25:duration=8 -pix_fmt yuv420p ";
constexpr auto open_h264 = "-c:v libx264 -preset veryfast -g 25 -bf 3 -x264-params open-gop=1:scenecut=0 ";
constexpr auto open_hevc =
    "-c:v libx265 -preset ultrafast "
    "-x265-params open-gop=1:keyint=25:min-keyint=25:bframes=4:scenecut=0:log-level=none ";

class MadeClips : public testing::TestWithParam<Recipe> {};

TEST_P(MadeClips, WindowsAreThePartsOfAFullDecode) {
    const TemporaryFolder folder;
    const auto path = folder.path() / GetParam().file;
    const bool to_pipe = std::string(GetParam().name) == "vp9_without_cues";
    const std::string target = to_pipe ? "- > " + path.string() : path.string();
    media::ffmpeg(moving_pattern + std::string(GetParam().arguments) + target);
    expect_windows_of_full_decode(path);
}

INSTANTIATE_TEST_SUITE_P(
    Seeking, MadeClips,
    testing::Values(
        Recipe{"open_gop_h264", "clip.mp4", open_h264}, Recipe{"open_gop_h264_mkv", "clip.mkv", open_h264},
        Recipe{"open_gop_hevc", "clip.mp4", open_hevc}, Recipe{"open_gop_hevc_mkv", "clip.mkv", open_hevc},
        // Written to a pipe, a WebM file gets no index.
        Recipe{"vp9_without_cues", "clip.webm",
               "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -g 30 -auto-alt-ref 1 "
               "-lag-in-frames 10 -f webm "},
        Recipe{"variable_rate", "clip.mp4",
               "-vf \"select='not(mod(n,3))+gt(n,90)'\" -fps_mode vfr -c:v libx264 -g 20 "},
        Recipe{"late_start_mp4", "clip.mp4", "-c:v libx264 -g 25 -output_ts_offset 3.7 "},
        Recipe{"late_start_mkv", "clip.mkv", "-c:v libx264 -g 25 -output_ts_offset 3.7 "},
        Recipe{"intra_refresh", "clip.mkv", "-c:v libx264 -g 25 -x264-params intra-refresh=1:bframes=0 "},
        Recipe{"fragmented", "clip.mp4", "-c:v libx264 -g 25 -movflags frag_keyframe+empty_moov "},
        Recipe{"av1", "clip.mkv", "-c:v libsvtav1 -preset 10 -g 30 -loglevel quiet "},
        Recipe{"mpeg4", "clip.mp4", "-c:v mpeg4 -g 20 -bf 2 "},
        Recipe{"vp8", "clip.webm",
               "-c:v libvpx -deadline realtime -cpu-used 8 -auto-alt-ref 1 "
               "-lag-in-frames 10 -g 30 "}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(Seeking, CountsFromTheFirstFrameThatAnEditListShows) {
    const TemporaryFolder folder;
    const auto whole = folder.path() / "whole.mp4", cut = folder.path() / "cut.mp4";
    media::ffmpeg(moving_pattern + std::string(open_h264) + whole.string());
    media::ffmpeg("-ss 1.1 -i " + whole.string() + " -c copy " + cut.string());
    const auto shown = decode(cut);
    EXPECT_LT(shown.frames.size(), 176U) << "the clip has no hidden frames: the test tests nothing";
    EXPECT_EQ(shown.frames.front().microseconds, 0);
    EXPECT_EQ(shown.info.frame_count, static_cast<std::int64_t>(shown.frames.size()));
    expect_windows_of_full_decode(cut);
}

class FootageWindows : public testing::TestWithParam<const char*> {};

TEST_P(FootageWindows, AreThePartsOfAFullDecode) {
    const auto path = shared_data() / "footage/clips" / GetParam();
    POSED_NEEDS(path);
    expect_windows_of_full_decode(path);
}

INSTANTIATE_TEST_SUITE_P(Seeking, FootageWindows,
                         testing::Values("walk_lab_edit_list.mp4", "juggling_man_vfr.mp4",
                                         "two_people_park_vp9.webm", "sit_to_stand_rotation_metadata.mp4"),
                         [](const auto& info) { return std::filesystem::path(info.param).stem().string(); });

}  // namespace
}  // namespace posed::tests
