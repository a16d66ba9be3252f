// Pixel formats, depths, ranges and HDR, against what FFmpeg itself decodes or against the definition.

#include <cmath>
#include <filesystem>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "media/reference_ffmpeg.h"
#include "tests/media/clips.h"
#include "tests/support/shared_data.h"

namespace posed::tests {
namespace {

constexpr auto source = "-f lavfi -i testsrc2=size=162x90:rate=10:duration=0.5 ";

struct Format {
    const char* name;
    const char* pixel_format;
    const char* codec;
    int shift_x;
    int shift_y;
};

std::filesystem::path make(const TemporaryFolder& folder, const std::string& arguments,
                           const std::string& input = source) {
    const auto path = folder.path() / "clip.mkv";
    media::ffmpeg(input + arguments + " " + path.string());
    return path;
}

class PlanarBytes : public testing::TestWithParam<Format> {};

TEST_P(PlanarBytes, ArePassedOnAsTheyWereCoded) {
    const auto& format = GetParam();
    const TemporaryFolder folder;
    const auto path = make(folder, std::string("-pix_fmt ") + format.pixel_format + " " + format.codec);
    const auto decoded = decode(path);
    ASSERT_FALSE(decoded.error) << decoded.error->message;
    EXPECT_EQ(decoded.info.pixel_format, format.pixel_format);
    std::vector<std::string> digests;
    for (const auto& frame : decoded.frames)
        digests.push_back(frame.digest);
    EXPECT_EQ(digests, ffmpeg_digests("-i " + path.string()));
    const auto frame = first_frame(path);
    const auto& view = frame.frame.view;
    EXPECT_EQ(view.chroma_shift_x, format.shift_x);
    EXPECT_EQ(view.chroma_shift_y, format.shift_y);
    EXPECT_EQ(view.planes[1].width, (162 + format.shift_x) >> format.shift_x);
    const bool full = std::string(format.pixel_format).starts_with("yuvj");
    EXPECT_EQ(view.colour.range, full ? ColourRange::full : ColourRange::limited);
    EXPECT_EQ(view.colour.matrix, ColourMatrix::bt601);
}

INSTANTIATE_TEST_SUITE_P(
    Formats, PlanarBytes,
    testing::Values(Format{"h264_420", "yuv420p", "-c:v libx264", 1, 1},
                    Format{"h264_422", "yuv422p", "-c:v libx264", 1, 0},
                    Format{"h264_444", "yuv444p", "-c:v libx264", 0, 0},
                    Format{"h264_420_full", "yuvj420p", "-c:v libx264", 1, 1},
                    Format{"h264_422_full", "yuvj422p", "-c:v libx264", 1, 0},
                    Format{"hevc_444", "yuv444p", "-c:v libx265 -x265-params log-level=none", 0, 0},
                    Format{"vp9_420", "yuv420p", "-c:v libvpx-vp9 -cpu-used 8", 1, 1},
                    Format{"vp9_444", "yuv444p", "-c:v libvpx-vp9 -cpu-used 8", 0, 0},
                    Format{"av1_420", "yuv420p", "-c:v libsvtav1 -preset 12 -loglevel quiet", 1, 1}),
    [](const auto& info) { return std::string(info.param.name); });

/// Mean and largest difference of our luma from `expected`, 16-bit samples of `levels` to one of ours.
struct Difference {
    double mean = 0;
    double most = 0;
};

Difference difference(const PlaneView& plane, const std::string& expected, std::size_t offset,
                      double levels) {
    Difference found;
    const auto* samples = reinterpret_cast<const std::uint16_t*>(expected.data()) + offset;
    for (int y = 0; y < plane.height; ++y) {
        for (int x = 0; x < plane.width; ++x) {
            const double error = plane.data[plane.stride * y + x] - *samples++ / levels;
            found.mean += error / plane.width / plane.height;
            found.most = std::max(found.most, std::abs(error));
        }
    }
    return found;
}

class DeepFormats : public testing::TestWithParam<Format> {};

TEST_P(DeepFormats, AreRoundedToEightBitsWithDither) {
    const auto& format = GetParam();
    const TemporaryFolder folder;
    const auto path = make(folder, std::string("-pix_fmt ") + format.pixel_format + " " + format.codec);
    const auto frame = first_frame(path);
    const auto& view = frame.frame.view;
    EXPECT_EQ(view.chroma_shift_x, 1);
    EXPECT_EQ(view.chroma_shift_y, 1);
    const bool twelve = std::string(format.pixel_format).find("12") != std::string::npos;
    EXPECT_EQ(decode(path).info.bit_depth, twelve ? 12 : 10);
    const auto raw = ffmpeg_raw("-i " + path.string() + " -frames:v 1 -pix_fmt " + format.pixel_format);
    ASSERT_FALSE(raw.empty());
    const double levels = twelve ? 16 : 4;
    const auto luma = difference(view.planes[0], raw, 0, levels);
    EXPECT_LT(luma.most, 1.01);
    EXPECT_LT(std::abs(luma.mean), 0.1);
    if (std::string(format.pixel_format).starts_with("yuv420")) {
        const auto chroma = difference(view.planes[1], raw, 162 * 90, levels);
        EXPECT_LT(chroma.most, 1.01);
        EXPECT_LT(std::abs(chroma.mean), 0.1);
    }
}

INSTANTIATE_TEST_SUITE_P(
    Formats, DeepFormats,
    testing::Values(Format{"h264_420_10", "yuv420p10le", "-c:v libx264", 1, 1},
                    Format{"hevc_420_10", "yuv420p10le", "-c:v libx265 -x265-params log-level=none", 1, 1},
                    Format{"hevc_420_12", "yuv420p12le", "-c:v libx265 -x265-params log-level=none", 1, 1},
                    Format{"h264_422_10", "yuv422p10le", "-c:v libx264", 1, 0},
                    Format{"h264_444_10", "yuv444p10le", "-c:v libx264", 0, 0},
                    Format{"vp9_420_10", "yuv420p10le", "-c:v libvpx-vp9 -cpu-used 8", 1, 1},
                    Format{"av1_420_10", "yuv420p10le", "-c:v libsvtav1 -preset 12 -loglevel quiet", 1, 1}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(Formats, GreyPicturesGetNeutralChroma) {
    const TemporaryFolder folder;
    const auto path = make(folder, "-pix_fmt gray -c:v libx265 -x265-params log-level=none");
    const auto frame = first_frame(path);
    const auto& view = frame.frame.view;
    const auto raw = ffmpeg_raw("-i " + path.string() + " -frames:v 1 -pix_fmt gray");
    EXPECT_EQ(raw.substr(0, 162), std::string(reinterpret_cast<const char*>(view.planes[0].data), 162));
    EXPECT_EQ(view.planes[1].data[view.planes[1].stride * 44 + 80], 128);
    EXPECT_EQ(view.planes[2].data[0], 128);
}

TEST(Formats, RedGreenBlueBecomesBt601) {
    const TemporaryFolder folder;
    const auto path = make(folder, "-c:v libx264rgb -pix_fmt rgb24 -qp 0",
                           "-f lavfi -i color=red:size=64x48:rate=5:duration=0.4 ");
    const auto frame = first_frame(path);
    const auto& view = frame.frame.view;
    const bool full = view.colour.range == ColourRange::full;
    EXPECT_EQ(view.colour.matrix, ColourMatrix::bt601);
    // BT.601: Y' = 0.299, Cb = -0.168736, Cr = 0.5 of pure red.
    EXPECT_NEAR(view.planes[0].data[0], full ? 255 * 0.299 : 16 + 219 * 0.299, 1.5);
    EXPECT_NEAR(view.planes[1].data[0], 128 - (full ? 255 : 224) * 0.168736, 1.5);
    EXPECT_NEAR(view.planes[2].data[0], 128 + (full ? 127 : 112), 1.5);
}

TEST(Formats, TagsWinOverTheDefault) {
    const TemporaryFolder folder;
    const auto path = make(folder,
                           "-pix_fmt yuv420p -c:v libx264 -colorspace bt709 -color_primaries bt709 "
                           "-color_trc bt709 -color_range pc -chroma_sample_location topleft");
    const auto decoded = decode(path);
    EXPECT_TRUE(decoded.info.colour_tagged);
    EXPECT_EQ(decoded.info.colour.matrix, ColourMatrix::bt709);
    EXPECT_EQ(decoded.info.colour.range, ColourRange::full);
    EXPECT_EQ(decoded.info.colour.siting, ChromaSiting::top_left);
    EXPECT_EQ(first_frame(path).frame.view.colour, decoded.info.colour);
}

/// A flat HDR picture of one Y' code (10 bit, limited range, no colour).
std::filesystem::path make_hdr(const TemporaryFolder& folder, const std::string& transfer, int luma) {
    return make(folder, "-vf format=yuv420p10le,geq=lum=" + std::to_string(luma) +
                            ":cb=512:cr=512 -c:v libx265 -x265-params "
                            "log-level=none:lossless=1:colorprim=bt2020:colormatrix=bt2020nc:transfer=" +
                            transfer);
}

TEST(Formats, PqIsToneMappedAndNamed) {
    const TemporaryFolder folder;
    // 203 cd/m2, the white of a page, has the PQ value 0.5807 (BT.2408), that is code 64 + 876 * 0.5807 =
    // 573.
    const auto path = make_hdr(folder, "smpte2084", 573);
    const auto decoded = decode(path);
    EXPECT_EQ(decoded.info.transfer, TransferFunction::pq);
    EXPECT_EQ(decoded.info.colour.matrix, ColourMatrix::bt2020);
    EXPECT_EQ(decoded.info.bit_depth, 10);
    const auto frame = first_frame(path);
    const auto& view = frame.frame.view;
    EXPECT_EQ(view.colour.matrix, ColourMatrix::bt709);
    EXPECT_EQ(view.colour.range, ColourRange::limited);
    // x = 1 gives y = (1 + 1/4.926^2) / 2 = 0.5206 of the light, by gamma 2.4 a signal of 0.762.
    EXPECT_NEAR(view.planes[0].data[view.planes[0].stride * 40 + 80], 16 + 219 * 0.762, 1.5);
    EXPECT_NEAR(view.planes[1].data[0], 128, 1);
    EXPECT_NEAR(view.planes[2].data[0], 128, 1);
}

TEST(Formats, HlgIsToneMappedAndNamed) {
    const TemporaryFolder folder;
    // BT.2408: 75 % HLG is the white of a page, 203 cd/m2 on a screen of 1000.
    const auto path = make_hdr(folder, "arib-std-b67", 64 + 657);
    EXPECT_EQ(decode(path).info.transfer, TransferFunction::hlg);
    const auto frame = first_frame(path);
    EXPECT_NEAR(frame.frame.view.planes[0].data[0], 16 + 219 * 0.762, 1.5);
}

/// How much rows alternate: the mean of |row - mean of its neighbours|.
double combing(const PlaneView& plane) {
    double sum = 0;
    for (int y = 1; y + 1 < plane.height; ++y) {
        for (int x = 0; x < plane.width; ++x) {
            const auto* sample = plane.data + plane.stride * y + x;
            sum += std::abs(sample[0] - (sample[-plane.stride] + sample[plane.stride]) / 2.0);
        }
    }
    return sum / plane.width / (plane.height - 2);
}

TEST(Formats, InterlacedFramesBecomeWholeOnesOnePerFrame) {
    const TemporaryFolder folder;
    // A grey box that moves fast across a flat ground, woven from fields of 50 a second.
    const std::string moving =
        "-f lavfi -i color=gray:size=320x180:rate=50:duration=1 -f lavfi -i "
        "color=white:size=60x100:rate=50:duration=1 "
        "-filter_complex \"[0][1]overlay=x=n*5:y=40,tinterlace=interleave_top,fieldorder=tff\" ";
    const auto path =
        make(folder, "-pix_fmt yuv420p -c:v libx264 -qp 4 -flags +ildct+ilme -x264-params tff=1", moving);
    const auto decoded = decode(path);
    ASSERT_FALSE(decoded.error);
    EXPECT_TRUE(decoded.info.interlaced);
    EXPECT_EQ(decoded.frames.size(), 25U);
    const auto file = open_file(path).value();
    const auto decoder = media::open_decoder(*file, {}, silent_log()).value();
    auto frame = decoder->next().value();
    for (int i = 0; i < 10; ++i)
        frame = decoder->next().value();
    const auto raw =
        ffmpeg_raw("-i " + path.string() + " -vf \"select='eq(n,10)'\" -frames:v 1 -pix_fmt yuv420p");
    const PlaneView woven{reinterpret_cast<const std::uint8_t*>(raw.data()), 320, 320, 180};
    EXPECT_GT(combing(woven), 1.5) << "the clip has no combs: the test tests nothing";
    EXPECT_LT(combing(frame->frame.view.planes[0]), 0.4 * combing(woven));
}

TEST(Formats, AChangeOfThePictureInMidStreamIsAnError) {
    const TemporaryFolder folder;
    const auto one = folder.path() / "one.h264", two = folder.path() / "two.h264",
               both = folder.path() / "both.mkv";
    for (const auto& [path, size] : {std::pair{one, "64x48"}, std::pair{two, "96x64"}})
        media::ffmpeg(std::string("-f lavfi -i testsrc2=rate=10:duration=1:size=") + size +
                      " -pix_fmt yuv420p -c:v libx264 -bf 0 " + path.string());
    media::output_of("cat " + two.string() + " >> " + one.string());
    media::ffmpeg("-r 10 -fflags +genpts -i " + one.string() + " -c copy " + both.string());
    const auto decoded = decode(both, {}, 2);
    EXPECT_EQ(decoded.frames.size(), 10U);
    ASSERT_TRUE(decoded.error);
    EXPECT_EQ(decoded.error->code, Code::unsupported_media);
    EXPECT_NE(decoded.error->message.find("from 64x48 yuv420p to 96x64"), std::string::npos)
        << decoded.error->message;
}

}  // namespace
}  // namespace posed::tests
