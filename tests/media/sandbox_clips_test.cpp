// Everything that decoding in process gives, the sandboxed child gives too, for good files and for bad ones.

#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "media/reference_ffmpeg.h"
#include "media/sandbox/sandbox.h"
#include "tests/media/clips.h"
#include "tests/support/shared_data.h"

namespace posed::tests {
namespace {

class SandboxedClips : public testing::Test {
  protected:
    void expect_the_same(const std::filesystem::path& path, const Selection& selection, int threads) {
        SCOPED_TRACE(path.filename().string());
        const auto inside = decode(path, selection, threads);
        const auto sandboxed = decode(path, selection, threads, *sandbox_);
        EXPECT_EQ(inside.frames.size(), sandboxed.frames.size());
        EXPECT_TRUE(inside.frames == sandboxed.frames);
        EXPECT_EQ(inside.lost, sandboxed.lost);
        EXPECT_EQ(inside.error, sandboxed.error) << inside.error.value_or(Error{}).message << "\n"
                                                 << sandboxed.error.value_or(Error{}).message;
        expect_the_same_word(inside.info, sandboxed.info);
        const auto file = open_file(path).value();
        const auto probed = media::in_process().probe(*file, {}, silent_log());
        const auto probed_outside = sandbox_->probe(*file, {}, silent_log());
        ASSERT_EQ(probed.has_error(), probed_outside.has_error());
        if (probed.has_error())
            EXPECT_EQ(probed.error(), probed_outside.error());
        else
            expect_the_same_word(*probed, *probed_outside);
    }

    static void expect_the_same_word(const VideoInfo& one, const VideoInfo& other) {
        EXPECT_EQ(one.container, other.container);
        EXPECT_EQ(one.codec, other.codec);
        EXPECT_EQ(one.pixel_format, other.pixel_format);
        EXPECT_EQ(one.coded, other.coded);
        EXPECT_EQ(one.displayed, other.displayed);
        EXPECT_EQ(one.pixel_aspect, other.pixel_aspect);
        EXPECT_EQ(one.rotation, other.rotation);
        EXPECT_EQ(one.mirrored, other.mirrored);
        EXPECT_EQ(one.interlaced, other.interlaced);
        EXPECT_EQ(one.duration, other.duration);
        EXPECT_EQ(one.frame_rate, other.frame_rate);
        EXPECT_EQ(one.frame_count, other.frame_count);
        EXPECT_EQ(one.time_base, other.time_base);
        EXPECT_EQ(one.colour, other.colour);
        EXPECT_EQ(one.colour_tagged, other.colour_tagged);
        EXPECT_EQ(one.transfer, other.transfer);
        EXPECT_EQ(one.bit_depth, other.bit_depth);
        EXPECT_EQ(one.audio_codec, other.audio_codec);
    }

    std::unique_ptr<media::sandbox::Sandbox> sandbox_ =
        media::sandbox::Sandbox::open(POSED_DECODER_PROGRAM).value();
};

TEST_F(SandboxedClips, GoodFilesGiveTheSameFrames) {
    const auto clips = shared_data() / "footage/clips";
    POSED_NEEDS(clips);
    const Selection window{
        .start = Microseconds(700'000), .duration = Microseconds(1'500'000), .rate = Rational{30, 1}};
    for (const auto& entry : std::filesystem::directory_iterator(clips)) {
        expect_the_same(entry.path(), {}, 2);
        expect_the_same(entry.path(), window, 1);
    }
}

TEST_F(SandboxedClips, BadFilesGiveTheSameErrorsAndLosses) {
    const auto bad = shared_data() / "footage/bad";
    POSED_NEEDS(bad);
    for (const auto& entry : std::filesystem::directory_iterator(bad))
        expect_the_same(entry.path(), {}, 1);
}

/// HDR in ten bits, 4:2:2, grey, 4:4:4, interlaced, oblong pixels: what the converter changes and the channel
/// describes. The size is no multiple of a block's, but x264 wants four rows for interlaced pictures.
TEST_F(SandboxedClips, FormatsThatAreConvertedGiveTheSameFrames) {
    const TemporaryFolder folder;
    const auto path = (folder.path() / "clip.mp4").string();
    for (const auto* encoding :
         {"-pix_fmt yuv420p10le -c:v libx264 -color_trc smpte2084 -color_primaries bt2020 -colorspace "
          "bt2020nc",
          "-pix_fmt yuv422p -c:v libx264", "-pix_fmt gray -c:v libx264", "-pix_fmt yuv444p -c:v libx264",
          "-vf tinterlace=interleave_top -flags +ilme+ildct -pix_fmt yuv420p -c:v libx264",
          "-vf setsar=4/3 -pix_fmt yuv420p -c:v libx264"}) {
        SCOPED_TRACE(encoding);
        media::ffmpeg(std::string("-f lavfi -i testsrc2=size=174x124:rate=25:duration=1 ") + encoding + " " +
                      path);
        expect_the_same(path, {}, 1);
    }
}

}  // namespace
}  // namespace posed::tests
