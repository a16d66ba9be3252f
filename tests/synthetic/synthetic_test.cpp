// The whole way from a clip to poses, against joints that are known because the project drew them.

#include <array>
#include <cmath>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/byte_source.h"
#include "results/archive.h"
#include "tests/support/process.h"
#include "tests/support/shared_data.h"
#include "tests/support/synthetic_clip.h"

namespace posed::tests {
namespace {

constexpr int frame_count = 96;
constexpr double figure_height = 573;  ///< pixels, from hair to soles

/// BlazePose's names and numbers of the joints that are compared; the two sides take turns.
const std::array<std::pair<const char*, std::size_t>, 12> compared{{{"left_shoulder", 11},
                                                                    {"right_shoulder", 12},
                                                                    {"left_elbow", 13},
                                                                    {"right_elbow", 14},
                                                                    {"left_wrist", 15},
                                                                    {"right_wrist", 16},
                                                                    {"left_hip", 23},
                                                                    {"right_hip", 24},
                                                                    {"left_knee", 25},
                                                                    {"right_knee", 26},
                                                                    {"left_ankle", 27},
                                                                    {"right_ankle", 28}}};

using Places = std::array<Point2, compared.size()>;

std::vector<Places> known_joints() {
    std::ifstream table(synthetic_joints());
    std::vector<Places> frames(frame_count);
    std::string line;
    std::getline(table, line);
    while (std::getline(table, line)) {
        std::istringstream fields(line);
        std::array<std::string, 5> values;
        for (auto& value : values)
            std::getline(fields, value, ',');
        for (std::size_t i = 0; i < compared.size(); ++i)
            if (values[2] == compared[i].first)
                frames.at(std::stoul(values[0]))[i] = {std::stof(values[3]), std::stof(values[4])};
    }
    return frames;
}

/// Where the program sees the joints; no entry for a frame without a person.
std::map<std::size_t, Places> estimated_joints() {
    const TemporaryFolder folder;
    const auto archive_path = folder.path() / "a.safetensors";
    const auto ran = run({posed_program(), "estimate", synthetic_clip(), "-o", archive_path});
    EXPECT_EQ(ran.exit_code, 0) << ran.errors;
    std::map<std::size_t, Places> result;
    if (ran.exit_code != 0)
        return result;
    const auto source = open_file(archive_path).value();
    const auto archive = results::open_archive(*source).value();
    EXPECT_EQ(archive->counts().frames, frame_count);
    const auto frames = archive->read(0, archive->counts().frames).value();
    for (std::size_t frame = 0; frame < frames.size(); ++frame)
        if (!frames[frame].people.empty())
            for (std::size_t i = 0; i < compared.size(); ++i)
                result[frame][i] = frames[frame].people[0].keypoints_2d.at(compared[i].second);
    return result;
}

double distance(Point2 one, Point2 other) {
    return std::hypot(one.x - other.x, one.y - other.y);
}

/// Mean distance by joint, in shares of the figure's height, of what `seen(frame, joint)` gives.
template <class Seen>
std::array<double, compared.size()> errors_of(const std::map<std::size_t, Places>& frames,
                                              const std::vector<Places>& known, Seen seen) {
    std::array<double, compared.size()> errors{};
    for (const auto& [frame, places] : frames)
        for (std::size_t i = 0; i < compared.size(); ++i)
            errors[i] += distance(seen(places, i), known.at(frame)[i]) / figure_height /
                         static_cast<double>(frames.size());
    return errors;
}

double mean(const std::array<double, compared.size()>& values) {
    double sum = 0;
    for (const double value : values)
        sum += value;
    return sum / static_cast<double>(values.size());
}

TEST(SyntheticClip, JointsAreFoundWhereTheyWereDrawn) {
    const auto known = known_joints();
    const auto estimated = estimated_joints();
    ASSERT_GE(estimated.size(), frame_count * 95 / 100) << "frames with a person";

    const auto errors =
        errors_of(estimated, known, [](const Places& places, std::size_t i) { return places[i]; });
    EXPECT_LT(mean(errors), 0.02);
    for (std::size_t i = 0; i < compared.size(); ++i)
        EXPECT_LT(errors[i], 0.035) << compared[i].first;

    // The same numbers told wrongly must be far off, or the limits above would mean nothing.
    const auto swapped =
        errors_of(estimated, known, [](const Places& places, std::size_t i) { return places[i ^ 1]; });
    EXPECT_GT(mean(swapped), 5 * mean(errors)) << "left and right swapped";
    const Places& first = estimated.begin()->second;
    const auto frozen = errors_of(estimated, known, [&](const Places&, std::size_t i) { return first[i]; });
    EXPECT_GT(mean(frozen), 2 * mean(errors)) << "the first frame's pose in every frame";
}

}  // namespace
}  // namespace posed::tests
