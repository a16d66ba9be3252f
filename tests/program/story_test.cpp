// The whole way from a clip to its archive and its video, through the program, on footage of every unusual
// kind.

#include <cmath>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "base/byte_source.h"
#include "results/archive.h"
#include "tests/support/process.h"
#include "tests/support/shared_data.h"
#include "tests/support/synthetic_clip.h"

namespace posed::tests {
namespace {

namespace json = boost::json;

std::filesystem::path clip(const std::string& name) {
    return shared_data() / "footage/clips" / name;
}

std::string content_of(const std::filesystem::path& path) {
    std::ifstream stream(path, std::ios::binary);
    std::ostringstream content;
    content << stream.rdbuf();
    return content.str();
}

Finished estimate(const std::filesystem::path& input, const std::filesystem::path& archive,
                  std::vector<std::string> more = {}) {
    std::vector<std::string> line{posed_program(), "estimate",    input,           "-o",
                                  archive,         "--estimator", "blazepose-lite"};
    line.insert(line.end(), more.begin(), more.end());
    return run(line);
}

Finished render(const std::filesystem::path& input, const std::filesystem::path& archive,
                const std::filesystem::path& video, std::vector<std::string> more = {}) {
    std::vector<std::string> line{posed_program(), "render",   input,      archive, "-o",
                                  video,           "--preset", "ultrafast"};
    line.insert(line.end(), more.begin(), more.end());
    return run(line);
}

/// Presentation times of a video's frames in seconds, as ffprobe sees them, and its size.
struct Seen {
    std::vector<double> times;
    int width = 0;
    int height = 0;
};

Seen look_at(const std::filesystem::path& video) {
    const auto probed = run({"ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries",
                             "frame=pts_time:stream=width,height", "-of", "json", video});
    const auto document = json::parse(probed.output);
    Seen seen;
    for (const auto& frame : document.at("frames").as_array())
        seen.times.push_back(std::stod(std::string(frame.at("pts_time").as_string())));
    const auto& stream = document.at("streams").as_array().at(0);
    seen.width = stream.at("width").to_number<int>();
    seen.height = stream.at("height").to_number<int>();
    return seen;
}

struct Footage {
    std::string file;
    int width, height;
    std::int64_t frames;
    double seconds;  ///< from the first to the last frame
    double share_with_pose;
};

class Story : public testing::TestWithParam<Footage> {};

TEST_P(Story, KeepsSizeFramesAndTimesAndFindsThePerson) {
    const auto& footage = GetParam();
    POSED_NEEDS(clip(footage.file));
    const TemporaryFolder folder;
    const auto archive_path = folder.path() / "a.safetensors", video_path = folder.path() / "v.mp4";
    const auto estimated = estimate(clip(footage.file), archive_path);
    ASSERT_EQ(estimated.exit_code, 0) << estimated.errors;

    const auto source = open_file(archive_path).value();
    const auto archive = results::open_archive(*source).value();
    const auto& counts = archive->counts();
    EXPECT_EQ(counts.frames, footage.frames);
    EXPECT_EQ(counts.lost.count, 0);
    EXPECT_EQ(archive->header().displayed, (Size{footage.width, footage.height}));
    EXPECT_GE(static_cast<double>(counts.person_frames),
              footage.share_with_pose * static_cast<double>(counts.frames));
    const auto frames = archive->read(0, counts.frames).value();
    EXPECT_EQ(frames.front().time.time.count(), 0);
    EXPECT_NEAR(std::chrono::duration<double>(frames.back().time.time).count(), footage.seconds, 0.02);

    const auto rendered = render(clip(footage.file), archive_path, video_path);
    ASSERT_EQ(rendered.exit_code, 0) << rendered.errors;
    const auto seen = look_at(video_path);
    EXPECT_EQ(seen.width, footage.width & ~1);
    EXPECT_EQ(seen.height, footage.height & ~1);
    ASSERT_EQ(static_cast<std::int64_t>(seen.times.size()), counts.frames);
    for (std::size_t i = 0; i < seen.times.size(); ++i)
        ASSERT_NEAR(seen.times[i] - seen.times[0], std::chrono::duration<double>(frames[i].time.time).count(),
                    0.0006)
            << i;
}

INSTANTIATE_TEST_SUITE_P(
    Footage, Story,
    testing::Values(Footage{"sit_to_stand_rotation_metadata.mp4", 720, 1280, 150, 4.967, 0.95},
                    Footage{"walk_lab_edit_list.mp4", 720, 1280, 89, 1.467, 0.95},
                    Footage{"juggling_man_vfr.mp4", 1280, 720, 147, 10.25, 0.9},
                    Footage{"two_people_park_vp9.webm", 1768, 994, 230, 7.63, 0.2},
                    Footage{"signing_man_upper_body.mp4", 640, 480, 87, 2.867, 0.9},
                    Footage{"classroom_four_seated.mp4", 480, 270, 45, 2.933, 0.0},
                    Footage{"people_come_and_go_10fps.mp4", 768, 432, 100, 9.9, 0.2}),
    [](const auto& footage) { return std::filesystem::path(footage.param.file).stem().string(); });

/// The nose must be above the hips: a picture that was not turned upright fails here.
TEST(StoryOfRotation, TheSkeletonStandsUpright) {
    POSED_NEEDS(clip("sit_to_stand_rotation_metadata.mp4"));
    const TemporaryFolder folder;
    const auto archive_path = folder.path() / "a.safetensors";
    ASSERT_EQ(estimate(clip("sit_to_stand_rotation_metadata.mp4"), archive_path).exit_code, 0);
    const auto source = open_file(archive_path).value();
    for (const auto& frame : results::open_archive(*source).value()->read(0, 150).value())
        for (const auto& person : frame.people) {
            EXPECT_LT(person.keypoints_2d[0].y, person.keypoints_2d[23].y);
            EXPECT_LT(person.keypoints_3d[0].y, person.keypoints_3d[23].y);
        }
}

TEST(Nobody, IsASuccessWithZeroRows) {
    POSED_NEEDS(clip("flower_no_person.mp4"));
    const TemporaryFolder folder;
    const auto archive_path = folder.path() / "a.safetensors";
    ASSERT_EQ(estimate(clip("flower_no_person.mp4"), archive_path).exit_code, 0);
    const auto source = open_file(archive_path).value();
    const auto counts = results::open_archive(*source).value()->counts();
    EXPECT_EQ(counts.frames, 150);
    EXPECT_EQ(counts.person_frames, 0);
    EXPECT_EQ(render(clip("flower_no_person.mp4"), archive_path, folder.path() / "v.mp4").exit_code, 0);
}

TEST(Archive, EqualRunsGiveEqualBytesWhateverTheThreads) {
    const TemporaryFolder folder;
    const auto one = folder.path() / "one.safetensors", two = folder.path() / "two.safetensors";
    ASSERT_EQ(estimate(synthetic_clip(), one, {"--threads", "1"}).exit_code, 0);
    ASSERT_EQ(estimate(synthetic_clip(), two, {"--threads", "2"}).exit_code, 0);
    EXPECT_EQ(content_of(one), content_of(two));
}

TEST(Render, RefusesTheArchiveOfAnotherVideo) {
    POSED_NEEDS(clip("flower_no_person.mp4"));
    const TemporaryFolder folder;
    const auto archive = folder.path() / "a.safetensors";
    ASSERT_EQ(estimate(synthetic_clip(), archive).exit_code, 0);
    const auto rendered = render(clip("flower_no_person.mp4"), archive, folder.path() / "v.mp4");
    EXPECT_EQ(rendered.exit_code, 2);
    EXPECT_NE(rendered.errors.find("another video"), std::string::npos) << rendered.errors;
    EXPECT_EQ(files_in(folder.path()), 1U);
}

TEST(Render, RefusesToOverwriteItsInputs) {
    const TemporaryFolder folder;
    const auto archive = folder.path() / "a.safetensors", copy = folder.path() / "copy.mp4";
    std::filesystem::copy_file(synthetic_clip(), copy);
    ASSERT_EQ(estimate(copy, archive).exit_code, 0);
    EXPECT_EQ(render(copy, archive, copy).exit_code, 2);
    EXPECT_EQ(content_of(copy), content_of(synthetic_clip()));
}

TEST(Window, StartDurationAndRateDecideFramesAndTimes) {
    const TemporaryFolder folder;
    const auto archive_path = folder.path() / "a.safetensors", video_path = folder.path() / "v.mp4";
    ASSERT_EQ(
        estimate(synthetic_clip(), archive_path,
                 {"--start", "1", "--duration", "2", "--fps", "10", "--width", "320", "--height", "320"})
            .exit_code,
        0);
    const auto source = open_file(archive_path).value();
    const auto archive = results::open_archive(*source).value();
    ASSERT_EQ(archive->counts().frames, 20);
    const auto frames = archive->read(0, 20).value();
    // Output n shows the last frame before (n + 1) / 10.
    EXPECT_GE(frames[0].time.time, std::chrono::milliseconds(1000));
    EXPECT_LT(frames[0].time.time, std::chrono::milliseconds(1100));
    EXPECT_GE(frames[19].time.time, std::chrono::milliseconds(2900));
    EXPECT_LT(frames[19].time.time, std::chrono::milliseconds(3000));
    ASSERT_EQ(render(synthetic_clip(), archive_path, video_path).exit_code, 0);
    const auto seen = look_at(video_path);
    EXPECT_LE(std::max(seen.width, seen.height), 320);
    ASSERT_EQ(seen.times.size(), 20U);
    EXPECT_NEAR(seen.times[19] - seen.times[0], 1.9, 1e-3);
}

TEST(Window, BehindTheEndIsAnErrorThatNamesTheLength) {
    const TemporaryFolder folder;
    const auto ended = estimate(synthetic_clip(), folder.path() / "a.safetensors", {"--start", "500"});
    EXPECT_EQ(ended.exit_code, 2);
    EXPECT_NE(ended.errors.find("500"), std::string::npos) << ended.errors;
    EXPECT_EQ(files_in(folder.path()), 0U);
}

TEST(Inspect, PrintsTheSummaryAndThePoses) {
    const TemporaryFolder folder;
    const auto archive = folder.path() / "a.safetensors";
    ASSERT_EQ(estimate(synthetic_clip(), archive).exit_code, 0);
    const auto summary = run({posed_program(), "inspect", archive});
    ASSERT_EQ(summary.exit_code, 0) << summary.errors;
    EXPECT_EQ(json::parse(summary.output).at("schema").as_string(), "posed.archive/1");
    const auto poses = run({posed_program(), "inspect", archive, "--frames", "3:5"});
    ASSERT_EQ(poses.exit_code, 0) << poses.errors;
    EXPECT_TRUE(json::parse(poses.output).is_object());
    const auto table = run({posed_program(), "inspect", archive, "--frames", "3:5", "--format", "csv"});
    EXPECT_EQ(table.output.substr(0, 5), "frame");
    EXPECT_EQ(run({posed_program(), "inspect", archive, "--frames", "3:99999"}).exit_code, 2);
}

TEST(Probe, PrintsJson) {
    const auto probed = run({posed_program(), "probe", synthetic_clip()});
    ASSERT_EQ(probed.exit_code, 0) << probed.errors;
    const auto answer = json::parse(probed.output);
    EXPECT_EQ(answer.at("codec").as_string(), "h264");
    EXPECT_GT(answer.at("displayed").at("width").to_number<int>(), 100);
}

}  // namespace
}  // namespace posed::tests
