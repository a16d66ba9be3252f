#include <cmath>
#include <cstring>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "media/encoder.h"
#include "media/open_sound.h"
#include "media/reference_ffmpeg.h"
#include "tests/support/shared_data.h"

namespace posed::media {
namespace {

constexpr Size small{64, 48};
constexpr int heard_rate = 48000;

Microseconds seconds(double value) {
    return Microseconds(std::llround(value * 1e6));
}

/// A log that keeps its warnings.
class Warnings final : public Log {
  public:
    void write(Level level, std::string_view message, Fields) override {
        if (level == Level::warning)
            text_.append(message).append("\n");
    }
    [[nodiscard]] const std::string& text() const { return text_; }

  private:
    std::string text_;
};

/// Encodes `length` seconds of grey pictures with the sound of `source` from `start` on.
Result<> encode(const std::filesystem::path& path, const std::filesystem::path& source, double start,
                double length, Log& log = silent_log()) {
    auto bytes = TRY(open_file(source));
    const EncodeOptions options{.size = small,
                                .colour = {},
                                .time_base = {1, 25},
                                .frame_rate = {25, 1},
                                .crf = 30,
                                .preset = Preset::medium,  // has B-frames: the picture's own delay counts
                                .threads = 1};
    auto encoder = TRY(open_encoder(path, options, TRY(open_sound(*bytes, seconds(start), log)), log));
    Canvas canvas(small, {});
    std::memset(canvas.plane(0), 100, static_cast<std::size_t>(canvas.stride(0) * small.height * 3 / 2));
    const auto frames = std::llround(length * 25);
    for (std::int64_t i = 0; i < frames; ++i)
        TRY(encoder->write(canvas, i, 1));
    return encoder->finish();
}

/// The sound as a player hears it, from the file's time 0 on, mono; `from` and `length` in seconds.
std::vector<float> heard(const std::filesystem::path& path, double from = 0, double length = 1000) {
    const auto raw = ffmpeg("-copyts -i " + in_quotes(path.string()) +
                            " -vn -ac 1 -af aresample=" + std::to_string(heard_rate) +
                            ":async=1:first_pts=0,atrim=start=" + std::to_string(from) +
                            ":duration=" + std::to_string(length) + " -f f32le -");
    std::vector<float> samples(raw.size() / sizeof(float));
    std::memcpy(samples.data(), raw.data(), samples.size() * sizeof(float));
    return samples;
}

/// When beeps begin: the first loud sample after a tenth of a second of quiet.
std::vector<double> beeps(const std::vector<float>& samples) {
    std::vector<double> times;
    int quiet = heard_rate;
    for (std::size_t i = 0; i < samples.size(); ++i) {
        if (std::abs(samples[i]) < 0.15F) {
            ++quiet;
            continue;
        }
        if (quiet > heard_rate / 10)
            times.push_back(static_cast<double>(i) / heard_rate);
        quiet = 0;
    }
    return times;
}

std::string audio_codec(const std::filesystem::path& path) {
    auto text = ffprobe("-select_streams a -show_entries stream=codec_name " + in_quotes(path.string()));
    return text.substr(0, text.find_first_of(",\n"));
}

struct Kind {
    const char* name;
    const char* file;
    const char* coding;   ///< how the source's sound is made
    const char* written;  ///< the codec in the result
    int rate;
};

class SoundTest : public ::testing::TestWithParam<Kind> {
  protected:
    [[nodiscard]] std::filesystem::path file(const std::string& name) const { return folder_.path() / name; }

    /// Four seconds of picture and a beep of 60 ms at each whole second of the sound's own time; both may be
    /// delayed.
    [[nodiscard]] std::filesystem::path beeping(const Kind& kind, double picture_delay = 0,
                                                double sound_delay = 0) const {
        auto path = file(kind.file);
        ffmpeg("-itsoffset " + std::to_string(picture_delay) +
               " -f lavfi -i color=gray:size=64x48:rate=25:duration=4 -itsoffset " +
               std::to_string(sound_delay) +
               " -f lavfi -i aevalsrc=\"if(lt(mod(t\\,1)\\,0.06)\\,0.6*sin(2*PI*1000*t)\\,0)"
               "|if(lt(mod(t\\,1)\\,0.06)\\,0.6*sin(2*PI*1000*t)\\,0):s=" +
               std::to_string(kind.rate) + ":d=4\" -strict -2 -c:v libx264 -preset ultrafast " + kind.coding +
               " " + in_quotes(path.string()));
        return path;
    }

  private:
    tests::TemporaryFolder folder_;
};

constexpr Kind plain{"AacInMp4", "in.mp4", "-c:a aac -b:a 128k", "aac", 48000};

/// Those of `source_beeps` that are heard in a window, from its start.
std::vector<double> within(const std::vector<double>& source_beeps, double start, double length) {
    std::vector<double> times;
    for (const double beep : source_beeps)
        if (beep >= start && beep < start + length)
            times.push_back(beep - start);
    return times;
}

void expect_near(const std::vector<double>& found, const std::vector<double>& expected) {
    ASSERT_EQ(found.size(), expected.size());
    for (std::size_t i = 0; i < found.size(); ++i)
        EXPECT_NEAR(found[i], expected[i], 0.005);
}

TEST_P(SoundTest, BeepsStayWithThePictureFromTheBeginningAndFromTheMiddle) {
    const auto source = beeping(GetParam());
    const auto source_beeps = beeps(heard(source));
    ASSERT_EQ(source_beeps.size(), 4U);
    EXPECT_NEAR(source_beeps[3], 3, 0.024);  // Matroska gives AAC's priming a time of its own
    for (const double start : {0.0, 1.73}) {
        SCOPED_TRACE(start);
        const auto encoded = encode(file("out.mp4"), source, start, 1.6);
        ASSERT_TRUE(encoded) << encoded.error().message;
        EXPECT_EQ(audio_codec(file("out.mp4")), GetParam().written);
        expect_near(beeps(heard(file("out.mp4"), 0, 1.6)), within(source_beeps, start, 1.6));
    }
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, SoundTest,
    ::testing::Values(plain, Kind{"AacAt44100InMatroska", "in.mkv", "-c:a aac -b:a 128k", "aac", 44100},
                      Kind{"Mp3InMp4", "in.mp4", "-c:a libmp3lame", "mp3", 44100},
                      Kind{"Ac3InMp4", "in.mp4", "-c:a ac3", "ac3", 48000},
                      Kind{"Eac3InMatroska", "in.mkv", "-c:a eac3", "eac3", 48000},
                      Kind{"AlacInMov", "in.mov", "-c:a alac", "alac", 48000},
                      Kind{"FlacInMatroska", "in.mkv", "-c:a flac", "flac", 48000},
                      Kind{"OpusInMatroska", "in.mkv", "-c:a libopus", "opus", 48000},
                      Kind{"OpusInMp4", "in.mp4", "-c:a libopus", "opus", 48000},
                      Kind{"VorbisInMatroska", "in.mkv", "-c:a libvorbis", "aac", 44100},
                      Kind{"PcmInMov", "in.mov", "-c:a pcm_s16le", "aac", 48000},
                      Kind{"PcmAtAnOddRateInMov", "in.mov", "-c:a pcm_s16le", "aac", 37000}),
    [](const auto& kind) { return kind.param.name; });

class SoundTimes : public SoundTest {};

TEST_P(SoundTimes, DelaysBetweenSoundAndPictureAreKept) {
    struct Case {
        double picture_delay, sound_delay, start;
    };
    for (const auto& [picture_delay, sound_delay, start] :
         {Case{0.4, 0, 0.4}, Case{0, 0.7, 0}, Case{0, 0.7, 1.2}}) {
        SCOPED_TRACE(std::to_string(picture_delay) + " " + std::to_string(sound_delay));
        const auto source = beeping(GetParam(), picture_delay, sound_delay);
        const auto source_beeps = beeps(heard(source));
        EXPECT_NEAR(source_beeps.at(1), sound_delay + 1, 0.024);
        ASSERT_TRUE(encode(file("out.mp4"), source, start, 1.6));
        expect_near(beeps(heard(file("out.mp4"), 0, 1.6)), within(source_beeps, start, 1.6));
    }
}

INSTANTIATE_TEST_SUITE_P(
    CopiedAndEncoded, SoundTimes,
    ::testing::Values(plain, Kind{"OpusInMatroska", "in.mkv", "-c:a libopus", "opus", 48000},
                      Kind{"VorbisInMatroska", "in.mkv", "-c:a libvorbis", "aac", 44100}),
    [](const auto& kind) { return kind.param.name; });

TEST_F(SoundTest, EndsWithThePictureAndLiesBesideItInTheFile) {
    const auto source = beeping(plain);
    ASSERT_TRUE(encode(file("out.mp4"), source, 1, 3));
    const auto out = in_quotes(file("out.mp4").string());
    const auto duration = std::stod(ffprobe("-select_streams a -show_entries stream=duration " + out));
    EXPECT_NEAR(duration, 3, 0.045);
    // In the order of the file, a sound packet never lies further than a second from its picture.
    double picture = 0, sound = 0, furthest = 0;
    std::istringstream lines(
        ffprobe("-show_entries packet=codec_type,dts_time,pos " + out + " | sort -t, -k3n"));
    int count = 0;
    for (std::string line; std::getline(lines, line); ++count) {
        if (line.empty())
            continue;
        const bool is_sound = line.starts_with("audio");
        (is_sound ? sound : picture) = std::stod(line.substr(6));
        furthest = std::max(furthest, std::abs(picture - sound));
    }
    EXPECT_GT(count, 200);
    EXPECT_LT(furthest, 1);
}

TEST_F(SoundTest, ASourceWithoutSoundGivesAVideoWithoutSound) {
    ffmpeg("-f lavfi -i color=gray:size=64x48:rate=25:duration=2 -c:v libx264 " +
           in_quotes(file("in.mp4").string()));
    ASSERT_TRUE(encode(file("out.mp4"), file("in.mp4"), 0, 1));
    EXPECT_EQ(audio_codec(file("out.mp4")), "");
}

TEST_F(SoundTest, AWindowAfterTheSoundGivesAVideoWithoutSound) {
    const auto source = beeping(plain);
    ASSERT_TRUE(encode(file("out.mp4"), source, 50, 1));
    EXPECT_EQ(audio_codec(file("out.mp4")), "");
}

TEST_F(SoundTest, SoundThatCannotBeDecodedIsLeftOutWithAWarning) {
    ffmpeg(
        "-f lavfi -i color=gray:size=64x48:rate=25:duration=2 -f lavfi -i sine=duration=2 -c:v libx264 "
        "-c:a wmav2 " +
        in_quotes(file("in.mkv").string()));
    Warnings warnings;
    ASSERT_TRUE(encode(file("out.mp4"), file("in.mkv"), 0, 1, warnings));
    EXPECT_EQ(audio_codec(file("out.mp4")), "");
    EXPECT_NE(warnings.text().find("wmav2"), std::string::npos) << warnings.text();
}

TEST_F(SoundTest, AGapInTheSoundIsFilledWithSilence) {
    const auto with_gap = file("in.mkv");
    ffmpeg(
        "-f lavfi -i color=gray:size=64x48:rate=25:duration=6 "
        "-f lavfi -i aevalsrc=\"if(lt(mod(t\\,1)\\,0.06)\\,0.6*sin(2*PI*1000*t)\\,0):s=44100:d=6\" "
        "-af \"aselect='not(between(t,1.5,3.5))'\" -c:v libx264 -preset ultrafast -c:a libvorbis " +
        in_quotes(with_gap.string()));
    ASSERT_TRUE(encode(file("out.mp4"), with_gap, 0.5, 5));
    const auto found = beeps(heard(file("out.mp4")));
    ASSERT_EQ(found.size(), 3U);
    EXPECT_NEAR(found[0], 0.5, 0.01);
    EXPECT_NEAR(found[1], 3.5, 0.025);
    EXPECT_NEAR(found[2], 4.5, 0.025);
}

/// By how many samples `b` lags behind `a`, and how well they agree there (1: the same).
std::pair<int, double> lag(const std::vector<float>& a, const std::vector<float>& b) {
    constexpr int most = heard_rate / 20;
    const auto length = std::min(a.size(), b.size()) - 2 * most;
    std::pair<int, double> best{0, -1};
    for (int shift = -most; shift <= most; ++shift) {
        double ab = 0, aa = 0, bb = 0;
        for (std::size_t i = most; i < most + length; i += 3) {
            const double x = a[i], y = b[static_cast<std::size_t>(static_cast<int>(i) + shift)];
            ab += x * y;
            aa += x * x;
            bb += y * y;
        }
        if (const double agreement = ab / std::sqrt(aa * bb + 1e-12); agreement > best.second)
            best = {shift, agreement};
    }
    return best;
}

TEST_F(SoundTest, CopiedSoundIsTheSameToTheSample) {
    const auto source = file("in.mp4");
    ffmpeg(
        "-f lavfi -i color=gray:size=64x48:rate=25:duration=4 -f lavfi -i aevalsrc='"
        "0.5*sin(2*PI*(200*t+300*t*t)):s=48000:d=4' "
        "-c:v libx264 -preset ultrafast -c:a aac " +
        in_quotes(source.string()));
    for (const double start : {0.0, 2.111}) {
        ASSERT_TRUE(encode(file("out.mp4"), source, start, 1.6));
        const auto [shift, agreement] = lag(heard(source, start, 1.6), heard(file("out.mp4"), 0, 1.6));
        EXPECT_EQ(shift, 0) << "from " << start;
        EXPECT_GT(agreement, 0.999) << "from " << start;
    }
}

TEST_F(SoundTest, AacOfFootageIsCopied) {
    const auto clip = tests::shared_data() / "footage/clips/flower_no_person.mp4";
    POSED_NEEDS(clip);
    ASSERT_TRUE(encode(file("out.mp4"), clip, 2, 1.6));
    EXPECT_EQ(audio_codec(file("out.mp4")), "aac");
    EXPECT_NEAR(static_cast<double>(heard(file("out.mp4")).size()) / heard_rate, 1.6, 0.03);
}

TEST_F(SoundTest, OpusOfFootageIsCopied) {
    const auto clip = tests::shared_data() / "footage/clips/two_people_park_vp9.webm";
    POSED_NEEDS(clip);
    ASSERT_TRUE(encode(file("out.mp4"), clip, 3, 1.6));
    EXPECT_EQ(audio_codec(file("out.mp4")), "opus");
    EXPECT_NEAR(static_cast<double>(heard(file("out.mp4")).size()) / heard_rate, 1.6, 0.03);
}

}  // namespace
}  // namespace posed::media
