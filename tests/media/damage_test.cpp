// Files that are damaged on purpose, made here so that they do not depend on the shared footage.

#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>

#include <gtest/gtest.h>

#include "media/reference_ffmpeg.h"
#include "tests/media/clips.h"
#include "tests/support/shared_data.h"

namespace posed::tests {
namespace {

std::string bytes_of(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

struct Kind {
    const char* name;
    const char* file;
    const char* codec;
};

class Damage : public testing::TestWithParam<Kind> {
  protected:
    void SetUp() override {
        media::ffmpeg(std::string("-f lavfi -i testsrc2=size=320x180:rate=25:duration=4 -pix_fmt yuv420p ") +
                      GetParam().codec + " " + path().string());
    }

    [[nodiscard]] std::filesystem::path path() const { return folder_.path() / GetParam().file; }

    /// Random bytes over 40 places of the last three quarters, the same in every run.
    void scribble() const {
        auto bytes = bytes_of(path());
        std::mt19937 random(7);  // NOLINT: the same damage in every run
        for (int i = 0; i < 40; ++i) {
            const auto place = bytes.size() / 4 + random() % (bytes.size() * 3 / 4 - 16);
            for (std::size_t k = 0; k < 8; ++k)
                bytes[place + k] = static_cast<char>(random());
        }
        std::ofstream(path(), std::ios::binary) << bytes;
    }

  private:
    TemporaryFolder folder_;
};

/// Not HEVC: FFmpeg's decoder takes some damage for the end of a picture without a word, and shows what was
/// in that memory, so that the number of threads changes it.
class DamageThatIsNoticed : public Damage {};

TEST_P(DamageThatIsNoticed, GivesTheSameFramesWithAnyNumberOfThreads) {
    scribble();
    const auto one = decode(path(), {}, 1);
    ASSERT_FALSE(one.error) << one.error->message;
    EXPECT_GE(one.frames.size(), 25U);
    for (const int threads : {2, 3, 4}) {
        const auto several = decode(path(), {}, threads);
        EXPECT_TRUE(one.frames == several.frames) << one.frames.size() << " and " << several.frames.size();
        EXPECT_EQ(one.lost, several.lost);
    }
}

TEST_P(Damage, CountsEveryFrameOnceAsShownOrLost) {
    if (std::string(GetParam().file).ends_with(".mp4")) {
        scribble();
        const auto decoded = decode(path(), {}, 3);
        EXPECT_EQ(static_cast<std::int64_t>(decoded.frames.size()) + decoded.lost.count, 100);
    }
}

TEST_P(Damage, ATruncatedFileGivesItsFirstPart) {
    const auto bytes = bytes_of(path());
    std::ofstream(path(), std::ios::binary) << bytes.substr(0, bytes.size() * 6 / 10);
    const auto decoded = decode(path(), {}, 2);
    ASSERT_FALSE(decoded.error) << decoded.error->message;
    EXPECT_GE(decoded.frames.size(), 30U);
    EXPECT_LE(decoded.frames.size(), 90U);
    EXPECT_GT(decoded.lost.count, 0);
    if (std::string(GetParam().file).ends_with(".mp4")) {
        EXPECT_EQ(static_cast<std::int64_t>(decoded.frames.size()) + decoded.lost.count, 100);
    }
}

const Kind h264_mp4{"h264_mp4", "clip.mp4", "-c:v libx264 -g 25 -bf 2 -movflags +faststart"};
const Kind h264_mkv{"h264_mkv", "clip.mkv", "-c:v libx264 -g 25 -bf 2"};
const Kind hevc_mp4{
    "hevc_mp4", "clip.mp4",
    "-c:v libx265 -preset ultrafast -x265-params keyint=25:log-level=none -movflags +faststart"};
const Kind vp9_webm{"vp9_webm", "clip.webm", "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -g 25"};

std::string name_of(const testing::TestParamInfo<Kind>& info) {
    return info.param.name;
}

INSTANTIATE_TEST_SUITE_P(Kinds, Damage, testing::Values(h264_mp4, h264_mkv, hevc_mp4, vp9_webm), name_of);
INSTANTIATE_TEST_SUITE_P(Kinds, DamageThatIsNoticed, testing::Values(h264_mp4, h264_mkv, vp9_webm), name_of);

}  // namespace
}  // namespace posed::tests
