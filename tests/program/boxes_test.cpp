// Where sam-3d-body looks, on real footage: the boxes, and who is the one person that is estimated.

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/byte_source.h"
#include "domain/pose.h"
#include "results/archive.h"
#include "tests/support/process.h"
#include "tests/support/shared_data.h"

namespace posed::tests {
namespace {

std::filesystem::path clip(const std::string& name) {
    return shared_data() / "footage/clips" / name;
}

/// The frames of a clip's window, as `posed estimate` archives them.
std::vector<results::ArchivedFrame> estimated(const std::string& name, const std::vector<std::string>& more,
                                              Size* displayed = nullptr) {
    const TemporaryFolder folder;
    const auto path = folder.path() / "a.safetensors";
    std::vector<std::string> command{posed_program(), "estimate", clip(name), "-o", path};
    command.insert(command.end(), more.begin(), more.end());
    const auto finished =
        run(command, {.set = {"POSED_SAM3DBODY_DIR=" + (shared_data() / "sam3dbody/tiny").string()}});
    EXPECT_EQ(finished.exit_code, 0) << finished.errors;
    if (finished.exit_code != 0)
        return {};
    const auto source = open_file(path).value();
    const auto archive = results::open_archive(*source).value();
    if (displayed != nullptr)
        *displayed = archive->header().displayed;
    return archive->read(0, archive->counts().frames).value();
}

struct Window {
    std::string clip;
    std::string start;
    std::string duration;
};

class OnePerson : public testing::TestWithParam<Window> {};

/// Unsmoothed, so that the archive's points are those which the box is made of.
TEST_P(OnePerson, IsWithinABoxThatMovesLittle) {
    const auto& [name, start, duration] = GetParam();
    POSED_NEEDS(clip(name));
    Size size;
    const auto frames = estimated(
        name,
        {"--estimator", "blazepose-full", "--smoothing", "off", "--start", start, "--duration", duration},
        &size);
    std::optional<PersonFrame> last;
    int seen = 0;
    for (const auto& frame : frames) {
        ASSERT_LE(frame.people.size(), 1U);
        if (frame.people.empty()) {
            last.reset();
            continue;
        }
        const auto& person = frame.people.front();
        const auto [left, top, right, bottom] = person.bbox_xyxy;
        for (std::size_t i = 0; i < person.keypoints_2d.size(); ++i) {
            const auto& [x, y] = person.keypoints_2d[i];
            const bool in_frame = x >= 0 && y >= 0 && x <= static_cast<float>(size.width) &&
                                  y <= static_cast<float>(size.height);
            if (!in_frame || person.keypoints_confidence[i] < 0.5F)
                continue;
            EXPECT_TRUE(left <= x && x <= right && top <= y && y <= bottom)
                << i << " at " << x << ", " << y << " in frame " << seen;
        }
        if (last && last->track_id == person.track_id) {
            EXPECT_GT(overlap(last->bbox_xyxy, person.bbox_xyxy), 0.6F) << "in frame " << seen;
        }
        last = person;
        ++seen;
    }
    EXPECT_GE(seen, static_cast<int>(frames.size()) * 9 / 10);
}

INSTANTIATE_TEST_SUITE_P(Footage, OnePerson,
                         testing::Values(Window{"juggling_man_720p24.mp4", "1", "2"},
                                         Window{"squats_woman_portrait_5fps.mov", "0", "6"},
                                         Window{"sit_to_stand_portrait_60fps.mp4", "1", "2"},
                                         Window{"walk_lab_edit_list.mp4", "0", "1.4"},
                                         Window{"sit_to_stand_rotation_metadata.mp4", "0", "2"},
                                         Window{"juggling_man_vfr.mp4", "5", "2"},
                                         Window{"signing_man_upper_body.mp4", "0", "2"}),
                         [](const auto& window) {
                             return std::filesystem::path(window.param.clip).stem().string();
                         });

class Primary : public testing::TestWithParam<Window> {};

TEST_P(Primary, IsSomebodyElseOnlyAfterASecondWithoutIt) {
    const auto& [name, start, duration] = GetParam();
    POSED_REQUIRES(std::filesystem::exists(POSED_SAM3DBODY_MODULE), "sam-3d-body is not built: no libtorch");
    POSED_NEEDS(clip(name));
    POSED_NEEDS(shared_data() / "sam3dbody/tiny/model.ckpt");
    const auto frames =
        estimated(name, {"--estimator", "sam-3d-body", "--start", start, "--duration", duration});
    std::optional<std::pair<std::int32_t, Microseconds>> last;
    int people = 0;
    for (const auto& frame : frames) {
        ASSERT_LE(frame.people.size(), 1U);
        if (frame.people.empty())
            continue;
        const auto track = frame.people.front().track_id;
        if (last && last->first != track) {
            EXPECT_GE(frame.time.time - last->second, std::chrono::seconds(1)) << track;
        }
        people = std::max(people, track + 1);
        last = {track, frame.time.time};
    }
    EXPECT_GE(people, 1) << "nobody was seen, so nothing was tested";
}

INSTANTIATE_TEST_SUITE_P(Footage, Primary,
                         testing::Values(Window{"two_people_park_vp9.webm", "0", "7.7"},
                                         Window{"people_come_and_go_10fps.mp4", "0", "10"}),
                         [](const auto& window) {
                             return std::filesystem::path(window.param.clip).stem().string();
                         });

}  // namespace
}  // namespace posed::tests
