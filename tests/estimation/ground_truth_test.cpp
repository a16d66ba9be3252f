// Measured 3D motion against ours: PA-MPJPE over twelve joints, by the recipe beside the footage.

#include <Eigen/LU>
#include <Eigen/SVD>
#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <functional>
#include <iostream>
#include <limits>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/estimation/clip.h"
#include "tests/support/shared_data.h"

namespace posed::tests {
namespace {

struct Joint {
    std::string body;  ///< in the reference
    std::size_t landmark;
};

/// Right and left stand in turn.
const std::array<Joint, 12> joints = {{{"humerus_r", 12},
                                       {"humerus_l", 11},
                                       {"ulna_r", 14},
                                       {"ulna_l", 13},
                                       {"hand_r", 16},
                                       {"hand_l", 15},
                                       {"femur_r", 24},
                                       {"femur_l", 23},
                                       {"tibia_r", 26},
                                       {"tibia_l", 25},
                                       {"talus_r", 28},
                                       {"talus_l", 27}}};

using Pose = Eigen::Matrix<double, 12, 3>;  // millimetres

struct Reference {
    std::vector<double> seconds;
    std::vector<Pose> poses;

    /// Between two samples, linearly; the first or last beyond them.
    [[nodiscard]] Pose at(double time) const {
        const auto later = std::ranges::upper_bound(seconds, time) - seconds.begin();
        if (later == 0)
            return poses.front();
        if (later == std::ssize(seconds))
            return poses.back();
        const auto after = static_cast<std::size_t>(later), before = after - 1;
        const double part = (time - seconds[before]) / (seconds[after] - seconds[before]);
        return poses[before] * (1 - part) + poses[after] * part;
    }
};

Reference read_reference(const std::filesystem::path& path) {
    std::ifstream stream(path);
    std::string line, cell;
    std::getline(stream, line);
    std::map<std::string, std::size_t> columns;
    for (std::istringstream header(line); std::getline(header, cell, ',');)
        columns.emplace(cell, columns.size());
    Reference reference;
    while (std::getline(stream, line)) {
        std::vector<double> row;
        for (std::istringstream cells(line); std::getline(cells, cell, ',');)
            row.push_back(std::stod(cell));
        Pose pose;
        for (std::size_t i = 0; i < joints.size(); ++i) {
            const auto j = static_cast<Eigen::Index>(i);
            pose(j, 0) = 1000 * row.at(columns.at(joints[i].body + "_x_m"));
            pose(j, 1) = 1000 * row.at(columns.at(joints[i].body + "_y_m"));
            pose(j, 2) = 1000 * row.at(columns.at(joints[i].body + "_z_m"));
        }
        reference.seconds.push_back(row.at(columns.at("time_s")));
        reference.poses.push_back(pose);
    }
    return reference;
}

/// The distances of the joints after the best similarity transform (a rigid one without `scaled`), which must
/// not mirror.
std::array<double, 12> aligned_errors(const Pose& pose, const Pose& reference, bool scaled) {
    const Eigen::RowVector3d pose_mean = pose.colwise().mean(), reference_mean = reference.colwise().mean();
    const Pose x = pose.rowwise() - pose_mean, y = reference.rowwise() - reference_mean;
    const Eigen::JacobiSVD<Eigen::Matrix3d> svd(x.transpose() * y, Eigen::ComputeFullU | Eigen::ComputeFullV);
    Eigen::Vector3d signs(1, 1, 1);
    signs(2) = (svd.matrixV() * svd.matrixU().transpose()).determinant() < 0 ? -1 : 1;
    const Eigen::Matrix3d rotation = svd.matrixV() * signs.asDiagonal() * svd.matrixU().transpose();
    const double scale = scaled ? svd.singularValues().dot(signs) / x.squaredNorm() : 1;
    const Pose rest = scale * (x * rotation.transpose()) - y;
    std::array<double, 12> errors;
    for (std::size_t i = 0; i < errors.size(); ++i)
        errors[i] = rest.row(static_cast<Eigen::Index>(i)).norm();
    return errors;
}

double mean_of(const std::array<double, 12>& errors) {
    double sum = 0;
    for (const double error : errors)
        sum += error;
    return sum / static_cast<double>(errors.size());
}

struct Sample {
    double seconds;
    Pose pose;
};

/// What is made of a sample's pose before it is compared.
using Change = std::function<Pose(const Pose&)>;

std::vector<double> frame_errors(const std::vector<Sample>& samples, const Reference& reference,
                                 double offset, const Change& change, bool scaled = true) {
    std::vector<double> errors;
    for (const auto& [seconds, pose] : samples)
        errors.push_back(mean_of(aligned_errors(change(pose), reference.at(seconds + offset), scaled)));
    return errors;
}

double mean_of(const std::vector<double>& values) {
    double sum = 0;
    for (const double value : values)
        sum += value;
    return sum / static_cast<double>(values.size());
}

Pose unchanged(const Pose& pose) {
    return pose;
}

Pose swapped(const Pose& pose) {
    Pose result;
    for (Eigen::Index i = 0; i < 12; ++i)
        result.row(i) = pose.row(i ^ 1);
    return result;
}

std::vector<Sample> samples_of(const std::vector<SeenFrame>& frames) {
    std::vector<Sample> samples;
    for (const auto& [time, person] : frames) {
        if (!person)
            continue;
        Pose pose;
        for (std::size_t i = 0; i < joints.size(); ++i) {
            const Point3& point = person->keypoints_3d[joints[i].landmark];
            pose.row(static_cast<Eigen::Index>(i)) << 1000.0 * point.x, 1000.0 * point.y, 1000.0 * point.z;
        }
        samples.push_back({std::chrono::duration<double>(time).count(), pose});
    }
    return samples;
}

double best_offset(const std::vector<Sample>& samples, const Reference& reference) {
    double best = 0, least = std::numeric_limits<double>::infinity();
    for (int step = -15; step <= 15; ++step) {
        const double error = mean_of(frame_errors(samples, reference, step / 100.0, unchanged));
        if (error < least)
            least = error, best = step / 100.0;
    }
    return best;
}

/// The error of the one pose of the track that, held still, fits best.
double best_constant(const std::vector<Sample>& samples, const Reference& reference, double offset) {
    double best = std::numeric_limits<double>::infinity();
    for (const Sample& sample : samples) {
        const auto held = [&](const Pose&) -> Pose { return sample.pose; };
        best = std::min(best, mean_of(frame_errors(samples, reference, offset, held)));
    }
    return best;
}

struct Verdict {
    double share = 0;  ///< of frames with a person
    double offset = 0;
    double error = 0;  ///< PA-MPJPE, millimetres
    double median = 0;
    double percentile_95 = 0;
    double rigid_error = 0;  ///< without scaling
    double swapped_error = 0;
    double constant_error = 0;
};

Verdict judge(const std::vector<SeenFrame>& frames, const Reference& reference,
              std::optional<double> known_offset) {
    const auto samples = samples_of(frames);
    Verdict verdict;
    verdict.share = static_cast<double>(samples.size()) / static_cast<double>(frames.size());
    if (samples.empty())
        return verdict;
    verdict.offset = known_offset ? *known_offset : best_offset(samples, reference);
    auto errors = frame_errors(samples, reference, verdict.offset, unchanged);
    verdict.error = mean_of(errors);
    std::ranges::sort(errors);
    verdict.median = errors[errors.size() / 2];
    verdict.percentile_95 = errors[errors.size() * 95 / 100];
    verdict.rigid_error = mean_of(frame_errors(samples, reference, verdict.offset, unchanged, false));
    verdict.swapped_error = mean_of(frame_errors(samples, reference, verdict.offset, swapped));
    verdict.constant_error = best_constant(samples, reference, verdict.offset);
    return verdict;
}

void print(const std::string& what, const Verdict& verdict) {
    std::cout << what << ": PA-MPJPE " << verdict.error << " mm (median " << verdict.median
              << ", 95th percentile " << verdict.percentile_95 << ", unscaled " << verdict.rigid_error
              << ", swapped " << verdict.swapped_error << ", best constant pose " << verdict.constant_error
              << "), offset " << verdict.offset << " s, a person in " << 100 * verdict.share
              << " % of the frames\n";
}

struct Clip {
    std::string video;
    std::string reference;
    std::optional<double> offset;
    double limit;  ///< of blazepose-full, millimetres
};

const Clip sit_to_stand{"sit_to_stand_portrait_60fps.mp4", "sit_to_stand_mocap_joints.csv", 0.055, 88};
const Clip walk{"walk_lab_edit_list.mp4", "walk_lab_mocap_joints.csv", std::nullopt, 71};

class GroundTruth : public testing::TestWithParam<const char*> {};

TEST_P(GroundTruth, IsMet) {
    const auto footage = shared_data() / "footage";
    POSED_NEEDS(footage);
    const auto estimator = open_estimator(GetParam());
    for (const Clip& clip : {sit_to_stand, walk}) {
        const auto reference = read_reference(footage / "groundtruth" / clip.reference);
        const auto verdict =
            judge(estimate_video(*estimator, footage / "clips" / clip.video), reference, clip.offset);
        print(std::string(GetParam()) + ", " + clip.video, verdict);
        EXPECT_GE(verdict.share, 0.95) << clip.video;
        EXPECT_GE(verdict.swapped_error, 1.45 * verdict.error) << clip.video;
        if (GetParam() != std::string("blazepose-full"))
            continue;
        EXPECT_LE(verdict.error, clip.limit) << clip.video;
        EXPECT_LE(verdict.error, 0.87 * verdict.constant_error) << clip.video;
    }
}

INSTANTIATE_TEST_SUITE_P(, GroundTruth,
                         testing::Values("blazepose-lite", "blazepose-full", "blazepose-heavy"),
                         [](const auto& instance) { return std::string(instance.param).substr(10); });

}  // namespace
}  // namespace posed::tests
