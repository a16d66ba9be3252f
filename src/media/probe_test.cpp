#include "media/probe.h"

#include <array>
#include <string>

#include <gtest/gtest.h>

#include "tests/support/shared_data.h"

namespace posed::media {
namespace {

Result<VideoInfo> probe_footage(const std::filesystem::path& path) {
    const auto file = open_file(path).value();
    return probe(*file, {}, silent_log());
}

/// Facts told by ffprobe and footage/README.md.
struct Clip {
    const char* file;
    const char* container;
    const char* codec;
    Size coded;
    Size displayed;
    int rotation;
    Rational rate;
    double seconds;
    std::int64_t frames;  ///< 0: the container does not say
    ColourMatrix matrix;
    ColourRange range;
    bool tagged;
    const char* audio;
};

class GoodClips : public testing::TestWithParam<Clip> {};

TEST_P(GoodClips, AreDescribedAsFfprobeDoes) {
    const auto& clip = GetParam();
    const auto path = posed::tests::shared_data() / "footage" / clip.file;
    POSED_NEEDS(path);
    const auto info = probe_footage(path).value();
    EXPECT_EQ(info.container, clip.container);
    EXPECT_EQ(info.codec, clip.codec);
    EXPECT_EQ(info.coded, clip.coded);
    EXPECT_EQ(info.displayed, clip.displayed);
    EXPECT_EQ(info.rotation, clip.rotation);
    EXPECT_FALSE(info.mirrored);
    EXPECT_FALSE(info.interlaced);
    EXPECT_EQ(info.frame_rate, clip.rate);
    ASSERT_TRUE(info.duration);
    EXPECT_NEAR(static_cast<double>(info.duration->count()) * 1e-6, clip.seconds, 0.001);
    EXPECT_EQ(info.frame_count.value_or(0), clip.frames);
    EXPECT_EQ(info.colour.matrix, clip.matrix);
    EXPECT_EQ(info.colour.range, clip.range);
    EXPECT_EQ(info.colour_tagged, clip.tagged);
    EXPECT_EQ(info.transfer, TransferFunction::sdr);
    EXPECT_EQ(info.bit_depth, 8);
    EXPECT_EQ(info.audio_codec.value_or(""), clip.audio);
}

constexpr auto bt601 = ColourMatrix::bt601;
constexpr auto bt709 = ColourMatrix::bt709;
constexpr auto limited = ColourRange::limited;

INSTANTIATE_TEST_SUITE_P(Footage, GoodClips,
                         testing::Values(Clip{"clips/classroom_four_seated.mp4",
                                              "mp4",
                                              "h264",
                                              {480, 270},
                                              {480, 270},
                                              0,
                                              {15, 1},
                                              3.0,
                                              45,
                                              bt601,
                                              limited,
                                              false,
                                              ""},
                                         Clip{"clips/flower_no_person.mp4",
                                              "mp4",
                                              "h264",
                                              {960, 540},
                                              {960, 540},
                                              0,
                                              {30000, 1001},
                                              5.005,
                                              150,
                                              bt601,
                                              limited,
                                              true,
                                              "aac"},
                                         Clip{"clips/juggling_man_720p24.mp4",
                                              "mp4",
                                              "h264",
                                              {1280, 720},
                                              {1280, 720},
                                              0,
                                              {24, 1},
                                              10.2917,
                                              247,
                                              bt709,
                                              limited,
                                              true,
                                              ""},
                                         Clip{"clips/juggling_man_vfr.mp4",
                                              "mp4",
                                              "h264",
                                              {1280, 720},
                                              {1280, 720},
                                              0,
                                              {3528, 251},
                                              10.2917,
                                              147,
                                              bt709,
                                              limited,
                                              true,
                                              ""},
                                         Clip{"clips/people_come_and_go_10fps.mp4",
                                              "mp4",
                                              "h264",
                                              {768, 432},
                                              {768, 432},
                                              0,
                                              {10, 1},
                                              10.0,
                                              100,
                                              bt601,
                                              limited,
                                              true,
                                              ""},
                                         Clip{"clips/signing_man_upper_body.mp4",
                                              "mp4",
                                              "h264",
                                              {640, 480},
                                              {640, 480},
                                              0,
                                              {92800, 3093},
                                              2.8997,
                                              87,
                                              bt601,
                                              ColourRange::full,
                                              false,
                                              ""},
                                         Clip{"clips/sit_to_stand_portrait_60fps.mp4",
                                              "mp4",
                                              "h264",
                                              {720, 1280},
                                              {720, 1280},
                                              0,
                                              {60, 1},
                                              13.3,
                                              798,
                                              bt601,
                                              limited,
                                              false,
                                              ""},
                                         Clip{"clips/sit_to_stand_rotation_metadata.mp4",
                                              "mp4",
                                              "h264",
                                              {1280, 720},
                                              {720, 1280},
                                              90,
                                              {30, 1},
                                              5.0,
                                              150,
                                              bt601,
                                              limited,
                                              false,
                                              ""},
                                         Clip{"clips/squats_woman_portrait_5fps.mov",
                                              "mov",
                                              "h264",
                                              {720, 1280},
                                              {720, 1280},
                                              0,
                                              {5, 1},
                                              13.0,
                                              65,
                                              bt601,
                                              limited,
                                              false,
                                              ""},
                                         Clip{"clips/two_people_park_vp9.webm",
                                              "webm",
                                              "vp9",
                                              {1768, 994},
                                              {1768, 994},
                                              0,
                                              {30, 1},
                                              7.74,
                                              0,
                                              bt709,
                                              limited,
                                              true,
                                              "opus"},
                                         Clip{"clips/walk_lab_edit_list.mp4",
                                              "mp4",
                                              "h264",
                                              {720, 1280},
                                              {720, 1280},
                                              0,
                                              {916480, 15443},
                                              1.487,
                                              89,
                                              bt601,
                                              limited,
                                              false,
                                              ""},
                                         Clip{"bad/webm_renamed.mp4",
                                              "webm",
                                              "vp9",
                                              {640, 360},
                                              {640, 360},
                                              0,
                                              {30, 1},
                                              2.0,
                                              0,
                                              bt709,
                                              limited,
                                              true,
                                              ""},
                                         Clip{"bad/absurd_dimensions_header.mp4",
                                              "mp4",
                                              "h264",
                                              {640, 360},
                                              {640, 360},
                                              0,
                                              {24, 1},
                                              3.0,
                                              72,
                                              bt709,
                                              limited,
                                              true,
                                              ""},
                                         Clip{"bad/lying_duration.mp4",
                                              "mp4",
                                              "h264",
                                              {640, 360},
                                              {640, 360},
                                              0,
                                              {24, 1},
                                              3.0,
                                              72,
                                              bt709,
                                              limited,
                                              true,
                                              ""},
                                         Clip{"bad/corrupted_middle.mp4",
                                              "mp4",
                                              "h264",
                                              {640, 360},
                                              {640, 360},
                                              0,
                                              {24, 1},
                                              3.0,
                                              72,
                                              bt709,
                                              limited,
                                              true,
                                              ""},
                                         Clip{"bad/one_frame.mp4",
                                              "mp4",
                                              "h264",
                                              {640, 360},
                                              {640, 360},
                                              0,
                                              {24, 1},
                                              0.0417,
                                              1,
                                              bt709,
                                              limited,
                                              true,
                                              ""},
                                         Clip{"bad/unusual_tiny_32x18.mp4",
                                              "mp4",
                                              "h264",
                                              {32, 18},
                                              {32, 18},
                                              0,
                                              {24, 1},
                                              1.0,
                                              24,
                                              bt709,
                                              limited,
                                              true,
                                              ""},
                                         Clip{"bad/unusual_odd_size_641x361_yuv444.mp4",
                                              "mp4",
                                              "h264",
                                              {641, 361},
                                              {641, 361},
                                              0,
                                              {24, 1},
                                              1.0,
                                              24,
                                              bt709,
                                              limited,
                                              true,
                                              ""}),
                         [](const auto& info) {
                             return std::filesystem::path(info.param.file).stem().string();
                         });

struct Refused {
    const char* file;
    Code code;
    const char* words;
};

class RefusedVideos : public testing::TestWithParam<Refused> {};

TEST_P(RefusedVideos, AreNamedWithTheCauseAndTheMeasuredValue) {
    const auto path = posed::tests::shared_data() / "footage/bad" / GetParam().file;
    POSED_NEEDS(path);
    const auto info = probe_footage(path);
    ASSERT_TRUE(info.has_error());
    EXPECT_EQ(info.error().code, GetParam().code);
    EXPECT_NE(info.error().message.find(GetParam().words), std::string::npos) << info.error().message;
}

INSTANTIATE_TEST_SUITE_P(
    Footage, RefusedVideos,
    testing::Values(Refused{"audio_only.mp4", Code::no_video_stream, "only aac"},
                    Refused{"decompression_bomb_16000x16000.mp4", Code::limit_exceeded,
                            "16000x16000, that is 256000000 pixels; the limit is 35389440"},
                    Refused{"index_without_data.mp4", Code::corrupt_media, "ends at byte 1713"},
                    Refused{"jpeg_renamed.mp4", Code::unsupported_media, "JPEG"}),
    [](const auto& info) {
        const std::string name = info.param.file;
        return name.substr(0, name.find('.'));
    });

}  // namespace
}  // namespace posed::media
