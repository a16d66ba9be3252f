#include "estimation/blazepose/landmarks.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "estimation/blazepose/network.h"

namespace posed::estimation::blazepose {
namespace {

constexpr int map_side = 64;
constexpr int window_reach = 3;
constexpr float least_confidence = 0.5F;
constexpr std::size_t values_per_landmark = 5;

float sigmoid(float logit) {
    return 1 / (1 + std::exp(-logit));
}

std::span<const float> output(const Inference& inference, LandmarkOutput which) {
    return inference.outputs[static_cast<std::size_t>(which)];
}

/// The centre of mass of a heatmap in a window, in cells; `confidence` is its highest probability.
struct Mass {
    float column = 0;
    float row = 0;
    float confidence = 0;
};

Mass center_of_mass(std::span<const float> heatmap, std::size_t landmark, int column, int row) {
    float total = 0, columns = 0, rows = 0, highest = 0;
    for (int y = std::max(row - window_reach, 0); y <= std::min(row + window_reach, map_side - 1); ++y) {
        for (int x = std::max(column - window_reach, 0); x <= std::min(column + window_reach, map_side - 1);
             ++x) {
            const auto cell = static_cast<std::size_t>(y * map_side + x);
            const float probability = sigmoid(heatmap[cell * all_landmarks + landmark]);
            total += probability;
            columns += probability * static_cast<float>(x);
            rows += probability * static_cast<float>(y);
            highest = std::max(highest, probability);
        }
    }
    return {columns / total, rows / total, highest};
}

}  // namespace

Result<> check_outputs(const Inference& inference) {
    constexpr std::array<std::size_t, 4> sizes = {all_landmarks * values_per_landmark, 1,
                                                  std::size_t{map_side} * map_side * all_landmarks,
                                                  all_landmarks * 3};
    if (!std::ranges::equal(inference.outputs, sizes, {}, &Tensor::size))
        return fail(Code::internal, "the inference is not that of a BlazePose landmark network (" +
                                        std::to_string(inference.outputs.size()) + " outputs)");
    return {};
}

float pose_presence(const Inference& inference) noexcept {
    return output(inference, LandmarkOutput::pose_flag)[0];
}

float mean_visibility(const Inference& inference) noexcept {
    const auto raw = output(inference, LandmarkOutput::landmarks);
    float sum = 0;
    for (std::size_t i = 0; i < body_landmarks; ++i)
        sum += sigmoid(raw[values_per_landmark * i + 3]);
    return sum / static_cast<float>(body_landmarks);
}

std::array<Landmark, all_landmarks> landmarks_in_crop(std::span<const float> raw) {
    constexpr float side = landmark_crop.side;
    std::array<Landmark, all_landmarks> landmarks;
    for (std::size_t i = 0; i < all_landmarks; ++i) {
        const auto values = raw.subspan(values_per_landmark * i);
        landmarks[i] = {.x = values[0] / side,
                        .y = values[1] / side,
                        .z = values[2] / side,
                        .visibility = sigmoid(values[3]),
                        .presence = sigmoid(values[4])};
    }
    return landmarks;
}

void refine_by_heatmap(std::array<Landmark, all_landmarks>& landmarks, std::span<const float> heatmap) {
    constexpr float side = map_side;
    for (std::size_t i = 0; i < all_landmarks; ++i) {
        Landmark& landmark = landmarks[i];
        const float x = landmark.x * side, y = landmark.y * side;
        // Cut toward zero, so a point less than a cell outside counts as inside. Below the map's last row a
        // point is still refined as long as its window meets the map: the original tests the column twice and
        // the row's end never.
        if (!(x > -1 && x < side && y > -1 && y < side + window_reach))
            continue;
        const Mass mass = center_of_mass(heatmap, i, static_cast<int>(x), static_cast<int>(y));
        if (mass.confidence >= least_confidence) {
            landmark.x = mass.column / side;
            landmark.y = mass.row / side;
        }
    }
}

PoseLandmarks decode_landmarks(const Inference& inference, const Region& region) {
    PoseLandmarks pose;
    pose.image = landmarks_in_crop(output(inference, LandmarkOutput::landmarks));
    refine_by_heatmap(pose.image, output(inference, LandmarkOutput::heatmap));
    const double cosine = std::cos(region.rotation), sine = std::sin(region.rotation);
    for (Landmark& landmark : pose.image) {
        const double dx = landmark.x - 0.5, dy = landmark.y - 0.5;
        landmark.x = static_cast<float>(region.center_x + region.side * (cosine * dx - sine * dy));
        landmark.y = static_cast<float>(region.center_y + region.side * (sine * dx + cosine * dy));
        landmark.z = static_cast<float>(region.side * landmark.z);
    }
    const auto world = output(inference, LandmarkOutput::world);
    for (std::size_t i = 0; i < body_landmarks; ++i) {
        const double x = world[3 * i], y = world[3 * i + 1];
        pose.world[i] = {static_cast<float>(cosine * x - sine * y), static_cast<float>(sine * x + cosine * y),
                         world[3 * i + 2]};
    }
    return pose;
}

}  // namespace posed::estimation::blazepose
