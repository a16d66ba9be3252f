#include "media/encoder.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <csignal>
#include <cstring>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <malloc.h>
#include <sys/resource.h>

#include "media/reference_ffmpeg.h"
#include "tests/support/shared_data.h"
#include "tests/support/small_file_system.h"

namespace posed::media {
namespace {

constexpr Size small{320, 180};

/// `count` raw yuv420p frames of FFmpeg's moving test picture.
std::string test_frames(int count, Size size = small) {
    return ffmpeg("-f lavfi -i testsrc2=size=" + std::to_string(size.width) + "x" +
                  std::to_string(size.height) + ":rate=25 -frames:v " + std::to_string(count) +
                  " -pix_fmt yuv420p -f rawvideo -");
}

void fill(Canvas& canvas, const char* raw) {
    for (int plane = 0; plane < 3; ++plane) {
        const int step = plane == 0 ? 1 : 2;
        for (int y = 0; y < canvas.size().height / step; ++y, raw += canvas.size().width / step)
            std::memcpy(canvas.plane(plane) + y * canvas.stride(plane), raw,
                        static_cast<std::size_t>(canvas.size().width / step));
    }
}

struct Shown {
    std::int64_t pts;
    std::int64_t duration;
};

std::vector<Shown> steady(int count) {
    std::vector<Shown> times;
    for (int i = 0; i < count; ++i)
        times.push_back({i, 1});
    return times;
}

EncodeOptions options_for(Size size = small) {
    return {.size = size,
            .colour = {},
            .time_base = {1, 25},
            .frame_rate = {25, 1},
            .crf = 23,
            .preset = Preset::ultrafast,
            .threads = 1};
}

/// Writes one frame of the test picture for each time, all on one canvas.
Result<> write_all(Encoder& encoder, const EncodeOptions& options, const std::vector<Shown>& times) {
    const auto raw = test_frames(static_cast<int>(times.size()), options.size);
    const auto step = raw.size() / times.size();
    Canvas canvas(options.size, options.colour);
    for (std::size_t i = 0; i < times.size(); ++i) {
        fill(canvas, raw.data() + i * step);
        TRY(encoder.write(canvas, times[i].pts, times[i].duration));
    }
    return {};
}

Result<> encode(const std::filesystem::path& path, const EncodeOptions& options,
                const std::vector<Shown>& times) {
    auto encoder = TRY(open_encoder(path, options, nullptr, silent_log()));
    TRY(write_all(*encoder, options, times));
    return encoder->finish();
}

std::vector<double> numbers_in(const std::string& text) {
    std::istringstream lines(text);
    std::vector<double> numbers;
    for (std::string line; std::getline(lines, line);)
        if (!line.empty())
            numbers.push_back(std::stod(line));
    return numbers;
}

std::vector<double> shown_times(const std::filesystem::path& path) {
    return numbers_in(ffprobe("-select_streams v -show_entries frame=pts_time " + in_quotes(path.string())));
}

std::string stream_entries(const std::filesystem::path& path, const std::string& names) {
    auto text = ffprobe("-select_streams v -show_entries stream=" + names + " " + in_quotes(path.string()));
    while (!text.empty() && (text.back() == '\n' || text.back() == ','))
        text.pop_back();
    return text;
}

/// The names of the outermost boxes, in order.
std::string boxes_of(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::string names;
    unsigned char header[8];
    while (file.read(reinterpret_cast<char*>(header), 8)) {
        const auto length =
            static_cast<std::streamoff>(header[0] << 24 | header[1] << 16 | header[2] << 8 | header[3]);
        names += std::string(reinterpret_cast<char*>(header) + 4, 4) + " ";
        file.seekg(length - 8, std::ios::cur);
    }
    return names;
}

class EncoderTest : public ::testing::Test {
  protected:
    [[nodiscard]] std::filesystem::path file(const char* name) const { return folder_.path() / name; }
    [[nodiscard]] const std::filesystem::path& folder() const { return folder_.path(); }

  private:
    tests::TemporaryFolder folder_;
};

TEST_F(EncoderTest, WritesAnMp4WithItsIndexFirstThatPlayersUnderstand) {
    const auto path = file("out.mp4");
    ASSERT_TRUE(encode(path, options_for(), steady(60)));
    EXPECT_EQ(stream_entries(path, "codec_name,width,height,pix_fmt,sample_aspect_ratio,avg_frame_rate"),
              "h264,320,180,1:1,yuv420p,25/1");
    EXPECT_EQ(boxes_of(path), "ftyp moov free mdat ");
    const auto times = shown_times(path);
    ASSERT_EQ(times.size(), 60U);
    for (std::size_t i = 0; i < times.size(); ++i)
        EXPECT_NEAR(times[i], static_cast<double>(i) / 25, 1e-6);
    EXPECT_NEAR(numbers_in(ffprobe("-show_entries format=duration " + in_quotes(path.string()))).at(0), 2.4,
                0.0011);
}

TEST_F(EncoderTest, KeepsVariableTimesExactlyWithReorderedPicturesAndAnyFirstTime) {
    auto options = options_for();
    options.time_base = {1, 90000};
    options.frame_rate = {0, 1};
    options.preset = Preset::medium;  // B-frames
    std::vector<Shown> times;
    std::int64_t next = 123457;
    for (int i = 0; i < 50; ++i) {
        const std::int64_t duration = i % 7 == 0 ? 11250 : i % 3 == 0 ? 3003 : 1501 + i;
        times.push_back({next, duration});
        next += duration;
    }
    ASSERT_TRUE(encode(file("out.mp4"), options, times));
    const auto ticks = numbers_in(
        ffprobe("-select_streams v -show_entries frame=pts " + in_quotes(file("out.mp4").string())));
    EXPECT_EQ(stream_entries(file("out.mp4"), "time_base"), "1/90000");
    EXPECT_EQ(stream_entries(file("out.mp4"), "has_b_frames"), "2");
    ASSERT_EQ(ticks.size(), times.size());
    for (std::size_t i = 0; i < ticks.size(); ++i)
        EXPECT_EQ(static_cast<std::int64_t>(ticks[i]), times[i].pts - times[0].pts) << i;
    EXPECT_NEAR(
        numbers_in(ffprobe("-show_entries format=duration " + in_quotes(file("out.mp4").string()))).at(0),
        static_cast<double>(next - times[0].pts) / 90000, 0.0011);
}

TEST_F(EncoderTest, CountsInTheTimeBaseItIsGiven) {
    auto options = options_for();
    options.time_base = {1001, 30000};
    options.frame_rate = {30000, 1001};
    ASSERT_TRUE(encode(file("out.mp4"), options, steady(30)));
    const auto times = shown_times(file("out.mp4"));
    ASSERT_EQ(times.size(), 30U);
    EXPECT_NEAR(times[29], 29 * 1001.0 / 30000, 1e-6);
    EXPECT_EQ(stream_entries(file("out.mp4"), "avg_frame_rate"), "30000/1001");
}

TEST_F(EncoderTest, AnUnknownRateDoesNotRaiseTheLevel) {
    auto options = options_for();
    options.time_base = {1, 90000};
    options.frame_rate = {0, 1};
    std::vector<Shown> times;
    for (int i = 0; i < 10; ++i)
        times.push_back({i * 3600, 3600});
    ASSERT_TRUE(encode(file("out.mp4"), options, times));
    EXPECT_LE(std::stoi(stream_entries(file("out.mp4"), "level")), 13);
}

TEST_F(EncoderTest, TagsTheColours) {
    struct Case {
        ColourMatrix matrix;
        const char* tags;
    };
    for (const auto& [matrix, tags] :
         {Case{ColourMatrix::bt601, "yuv420p,tv,smpte170m,smpte170m,smpte170m,left"},
          Case{ColourMatrix::bt709, "yuv420p,tv,bt709,bt709,bt709,left"},
          Case{ColourMatrix::bt2020, "yuv420p,tv,bt2020nc,bt2020-10,bt2020,left"}}) {
        auto options = options_for();
        options.colour.matrix = matrix;
        ASSERT_TRUE(encode(file("out.mp4"), options, steady(3)));
        EXPECT_EQ(
            stream_entries(file("out.mp4"),
                           "pix_fmt,color_range,color_space,color_transfer,color_primaries,chroma_location"),
            tags);
    }
}

TEST_F(EncoderTest, AllNinePresetsWorkAndNameThemselves) {
    for (const char* name :
         {"ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow"}) {
        auto options = options_for();
        const auto preset = preset_named(name);
        ASSERT_TRUE(preset) << name;
        EXPECT_STREQ(name_of(*preset), name);
        options.preset = *preset;
        ASSERT_TRUE(encode(file("out.mp4"), options, steady(8))) << name;
        EXPECT_EQ(shown_times(file("out.mp4")).size(), 8U) << name;
    }
    EXPECT_FALSE(preset_named("placebo"));
}

TEST_F(EncoderTest, CrfAndPresetChangeTheSize) {
    auto options = options_for();
    const auto size_with = [&](int crf, Preset preset) {
        options.crf = crf;
        options.preset = preset;
        EXPECT_TRUE(encode(file("out.mp4"), options, steady(30)));
        return std::filesystem::file_size(file("out.mp4"));
    };
    const auto coarse = size_with(40, Preset::ultrafast), fine = size_with(15, Preset::ultrafast);
    EXPECT_GT(fine, 2 * coarse);
    EXPECT_LT(size_with(15, Preset::medium), fine * 9 / 10);
}

/// The signal-to-noise ratio of the luma and chroma, by ffmpeg's own measure.
double psnr(const std::filesystem::path& path, int frames) {
    const auto text = output_of(
        "ffmpeg -nostdin -v info -i " + in_quotes(path.string()) +
        " -f lavfi -i testsrc2=size=320x180:rate=25,format=yuv420p -frames:v " + std::to_string(frames) +
        " -lavfi '[0:v]setpts=N/25/TB[a];[1:v]setpts=N/25/TB[b];[a][b]psnr=shortest=1' -f null - 2>&1");
    const auto at = text.find("average:");
    return at == std::string::npos ? 0 : std::stod(text.substr(at + 8));
}

TEST_F(EncoderTest, ThePictureSurvives) {
    auto options = options_for();
    options.crf = 10;
    options.preset = Preset::veryfast;
    ASSERT_TRUE(encode(file("out.mp4"), options, steady(30)));
    EXPECT_GT(psnr(file("out.mp4"), 30), 45);
    options.crf = 0;
    ASSERT_TRUE(encode(file("lossless.mp4"), options, steady(30)));
    EXPECT_GT(psnr(file("lossless.mp4"), 30), 1000);  // "inf"
}

TEST_F(EncoderTest, TheSameInputGivesTheSameBytes) {
    auto options = options_for();
    options.preset = Preset::medium;
    options.threads = 2;
    // Whatever stands in the memory that the encoder is given.
    const auto bytes = [&](const char* name, int filling) {
        ::mallopt(M_PERTURB, filling);
        EXPECT_TRUE(encode(file(name), options, steady(40)));
        ::mallopt(M_PERTURB, 0);
        std::ifstream stream(file(name), std::ios::binary);
        return std::string(std::istreambuf_iterator<char>(stream), {});
    };
    const auto one = bytes("one.mp4", 1), two = bytes("two.mp4", 128);
    EXPECT_TRUE(one == two) << one.size() << " and " << two.size() << " bytes differ from the "
                            << std::ranges::mismatch(one, two).in1 - one.begin() << "th on";
}

TEST_F(EncoderTest, WithoutFinishNothingIsMadeOrChanged) {
    {
        auto encoder = open_encoder(file("out.mp4"), options_for(), nullptr, silent_log());
        ASSERT_TRUE(encoder);
        ASSERT_TRUE(write_all(**encoder, options_for(), steady(10)));
        EXPECT_FALSE(std::filesystem::exists(file("out.mp4")));
    }
    EXPECT_TRUE(std::filesystem::is_empty(folder()));
    std::ofstream(file("out.mp4")) << "precious";
    {
        auto encoder = open_encoder(file("out.mp4"), options_for(), nullptr, silent_log());
        ASSERT_TRUE(encoder);
        ASSERT_TRUE(write_all(**encoder, options_for(), steady(10)));
    }
    EXPECT_EQ(std::filesystem::file_size(file("out.mp4")), 8U);
    ASSERT_TRUE(encode(file("out.mp4"), options_for(), steady(10)));
    EXPECT_GT(std::filesystem::file_size(file("out.mp4")), 1000U);
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder()), {}), 1);
}

Code code_of(const EncodeOptions& options, const std::filesystem::path& path) {
    const auto encoder = open_encoder(path, options, nullptr, silent_log());
    return encoder ? Code::internal : encoder.error().code;
}

TEST_F(EncoderTest, RefusesWhatCannotBeWritten) {
    auto options = options_for();
    options.crf = 52;
    EXPECT_EQ(code_of(options, file("out.mp4")), Code::invalid_argument);
    options = options_for({321, 180});
    EXPECT_EQ(code_of(options, file("out.mp4")), Code::invalid_argument);
    options = options_for();
    options.colour.range = ColourRange::full;
    EXPECT_EQ(code_of(options, file("out.mp4")), Code::invalid_argument);
    options = options_for();
    options.time_base = {0, 1};
    EXPECT_EQ(code_of(options, file("out.mp4")), Code::invalid_argument);
    EXPECT_EQ(code_of(options_for(), folder()), Code::invalid_argument);
    EXPECT_EQ(code_of(options_for(), "/dev/null"), Code::invalid_argument);
    EXPECT_EQ(code_of(options_for(), file("missing/out.mp4")), Code::not_found);
    EXPECT_TRUE(std::filesystem::is_empty(folder()));
}

TEST_F(EncoderTest, RefusesPicturesThatDoNotFit) {
    auto encoder = open_encoder(file("out.mp4"), options_for(), nullptr, silent_log());
    ASSERT_TRUE(encoder);
    EXPECT_FALSE((*encoder)->write(Canvas({318, 180}, {}), 0, 1));
    EXPECT_FALSE((*encoder)->write(Canvas(small, {.matrix = ColourMatrix::bt709}), 0, 1));
    const auto nothing = (*encoder)->finish();
    ASSERT_FALSE(nothing);
    EXPECT_EQ(nothing.error().code, Code::empty_window);
}

/// Writes coded noise until the file is refused; the error.
Error error_of_a_full_disk(const std::filesystem::path& path) {
    auto options = options_for();
    options.crf = 1;
    auto result = encode(path, options, steady(60));
    return result ? Error{} : result.error();
}

TEST_F(EncoderTest, AFileLimitIsSaidAsStorageFullAndLeavesNothing) {
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
    auto* const handler = std::signal(SIGXFSZ, SIG_IGN);
    const rlimit tight{.rlim_cur = 300'000, .rlim_max = before.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &tight), 0);
    const auto error = error_of_a_full_disk(file("out.mp4"));
    ::setrlimit(RLIMIT_FSIZE, &before);
    std::signal(SIGXFSZ, handler);
    EXPECT_EQ(error.code, Code::storage_full) << error.message;
    EXPECT_TRUE(std::filesystem::is_empty(folder()));
}

TEST_F(EncoderTest, AFullDiskIsSaidWithThePathAndLeavesNothing) {
    const tests::SmallFileSystem disk(300 << 10);
    POSED_NEEDS_DISK(disk);
    const auto path = disk.path() / "out.mp4";
    const auto error = error_of_a_full_disk(path);
    EXPECT_EQ(error.code, Code::storage_full) << error.message;
    EXPECT_NE(error.message.find(path.string()), std::string::npos) << error.message;
    EXPECT_TRUE(std::filesystem::is_empty(disk.path()));
}

}  // namespace
}  // namespace posed::media
