// Which frames a rate selects, against FFmpeg's own fps filter.

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "media/reference_ffmpeg.h"
#include "tests/media/clips.h"
#include "tests/support/shared_data.h"

namespace posed::tests {
namespace {

constexpr std::array<Rational, 8> rates{Rational{1, 1},  Rational{7, 2},   Rational{10, 1},
                                        Rational{24, 1}, Rational{25, 1},  Rational{30000, 1001},
                                        Rational{60, 1}, Rational{1000, 7}};

std::string text_of(Rational rate) {
    return std::to_string(rate.numerator) + "/" + std::to_string(rate.denominator);
}

/// The outputs' pictures, by our selection of the window.
std::vector<std::string> our_outputs(const std::filesystem::path& path, const Selection& selection) {
    const auto decoded = decode(path, selection, 2);
    EXPECT_FALSE(decoded.error) << decoded.error->message;
    std::vector<std::string> outputs;
    for (const auto& frame : decoded.frames)
        outputs.insert(outputs.end(), static_cast<std::size_t>(frame.repeats), frame.digest);
    return outputs;
}

std::vector<std::string> filter_outputs(const std::filesystem::path& path, const std::string& window,
                                        Rational rate) {
    return ffmpeg_digests("-noautorotate -i " + media::in_quotes(path.string()) +
                          " -map 0:v:0 -fps_mode passthrough -vf '" + window + "fps=" + text_of(rate) +
                          ":round=down'");
}

void expect_same_as_filter(const std::filesystem::path& path) {
    for (const auto rate : rates) {
        const auto ours = our_outputs(path, {.start = {}, .duration = {}, .rate = rate});
        const auto theirs = filter_outputs(path, "setpts=PTS-STARTPTS,", rate);
        EXPECT_EQ(ours.size(), theirs.size()) << text_of(rate);
        EXPECT_TRUE(ours == theirs) << "other frames at " << text_of(rate);
    }
}

class Footage : public testing::TestWithParam<const char*> {};

TEST_P(Footage, SelectsWhatTheFpsFilterDoes) {
    const auto path = shared_data() / "footage/clips" / GetParam();
    POSED_NEEDS(path);
    expect_same_as_filter(path);
}

INSTANTIATE_TEST_SUITE_P(Selection, Footage,
                         testing::Values("juggling_man_vfr.mp4", "two_people_park_vp9.webm",
                                         "walk_lab_edit_list.mp4", "flower_no_person.mp4",
                                         "signing_man_upper_body.mp4", "people_come_and_go_10fps.mp4"),
                         [](const auto& info) { return std::filesystem::path(info.param).stem().string(); });

TEST(Selection, OfMadeClipsIsWhatTheFpsFilterGives) {
    const TemporaryFolder folder;
    const auto steady = folder.path() / "steady.mp4", varying = folder.path() / "varying.mkv";
    media::ffmpeg(
        "-f lavfi -i testsrc2=size=128x72:rate=30000/1001:duration=3 -pix_fmt yuv420p -c:v libx264 " +
        steady.string());
    media::ffmpeg(
        "-f lavfi -i testsrc2=size=128x72:rate=25:duration=4 -vf \"select='not(mod(n,7))+gt(n,60)'\" "
        "-fps_mode vfr -pix_fmt yuv420p -c:v libx264 " +
        varying.string());
    expect_same_as_filter(steady);
    expect_same_as_filter(varying);
}

TEST(Selection, OfAWindowCountsFromItsStart) {
    const TemporaryFolder folder;
    const auto path = folder.path() / "clip.mp4";
    constexpr int fps = 25;
    media::ffmpeg("-f lavfi -i testsrc2=size=128x72:rate=25:duration=4 -pix_fmt yuv420p -c:v libx264 -g 20 " +
                  path.string());
    using namespace std::chrono_literals;
    for (const auto start : {0ms, 500ms, 1210ms, 2000ms}) {
        for (const auto rate : {Rational{10, 1}, Rational{30000, 1001}, Rational{60, 1}}) {
            const double from = static_cast<double>(start.count()) / 1000;
            const auto ours = our_outputs(path, {.start = start, .duration = 1500ms, .rate = rate});
            // FFmpeg selects from the same start without an end, so that the filter knows when its last frame
            // ends.
            auto theirs = filter_outputs(
                path, "trim=start=" + std::to_string(from) + ",setpts=PTS-" + std::to_string(from) + "/TB,",
                rate);
            const double first = std::ceil(from * fps) / fps - from;
            const double end = std::ceil((from + 1.5) * fps) / fps - from;
            const double before = std::floor(first * rate.value() + 1e-9);
            const double outputs =
                std::min(std::floor(end * rate.value() + 1e-9) - before, std::round(1.5 * rate.value()));
            ASSERT_GE(static_cast<double>(theirs.size()), outputs);
            theirs.resize(static_cast<std::size_t>(outputs));
            EXPECT_TRUE(ours == theirs) << "from " << from << " at " << text_of(rate) << ": " << ours.size()
                                        << " outputs, " << theirs.size() << " expected";
        }
    }
}

}  // namespace
}  // namespace posed::tests
