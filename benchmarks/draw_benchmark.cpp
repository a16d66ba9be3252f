// What drawing one person costs: a standing figure of 33 key points whose box is three quarters of the
// picture's height, by what is drawn and at which size.

#include <array>
#include <cstring>

#include <benchmark/benchmark.h>

#include "rendering/draw_people.h"

namespace {

using posed::Canvas;
using posed::PersonFrame;
using posed::Size;
using posed::Skeleton;
using posed::rendering::Overlay;

constexpr Overlay lines{.bbox = false, .bbox_confidence = false, .keypoints = false, .skeleton = true};
constexpr Overlay points{.bbox = false, .bbox_confidence = false, .keypoints = true, .skeleton = false};
constexpr Overlay usual{.bbox = false, .bbox_confidence = false, .keypoints = true, .skeleton = true};
constexpr Overlay everything{.bbox = true, .bbox_confidence = true, .keypoints = true, .skeleton = true};

Skeleton blazepose_skeleton() {
    return {
        .names = {"nose",        "left_eye_inner",  "left_eye",        "left_eye_outer", "right_eye_inner",
                  "right_eye",   "right_eye_outer", "left_ear",        "right_ear",      "mouth_left",
                  "mouth_right", "left_shoulder",   "right_shoulder",  "left_elbow",     "right_elbow",
                  "left_wrist",  "right_wrist",     "left_pinky",      "right_pinky",    "left_index",
                  "right_index", "left_thumb",      "right_thumb",     "left_hip",       "right_hip",
                  "left_knee",   "right_knee",      "left_ankle",      "right_ankle",    "left_heel",
                  "right_heel",  "left_foot_index", "right_foot_index"},
        .links = {{0, 1},   {1, 2},   {2, 3},   {3, 7},   {0, 4},   {4, 5},   {5, 6},   {6, 8},   {9, 10},
                  {11, 12}, {11, 13}, {13, 15}, {15, 17}, {15, 19}, {15, 21}, {17, 19}, {12, 14}, {14, 16},
                  {16, 18}, {16, 20}, {16, 22}, {18, 20}, {11, 23}, {12, 24}, {23, 24}, {23, 25}, {24, 26},
                  {25, 27}, {26, 28}, {27, 29}, {28, 30}, {29, 31}, {30, 32}, {27, 31}, {28, 32}}};
}

/// In a picture of height 1: the left half of the figure, x from its middle line; the right half mirrors it.
constexpr std::array<std::array<float, 2>, 33> figure{
    {{0.000F, 0.200F},  {0.010F, 0.185F},  {0.016F, 0.185F},  {0.022F, 0.186F},  {-0.010F, 0.185F},
     {-0.016F, 0.185F}, {-0.022F, 0.186F}, {0.036F, 0.192F},  {-0.036F, 0.192F}, {0.013F, 0.218F},
     {-0.013F, 0.218F}, {0.080F, 0.275F},  {-0.080F, 0.275F}, {0.120F, 0.390F},  {-0.120F, 0.390F},
     {0.150F, 0.490F},  {-0.150F, 0.490F}, {0.160F, 0.525F},  {-0.160F, 0.525F}, {0.152F, 0.530F},
     {-0.152F, 0.530F}, {0.143F, 0.512F},  {-0.143F, 0.512F}, {0.050F, 0.500F},  {-0.050F, 0.500F},
     {0.058F, 0.670F},  {-0.058F, 0.670F}, {0.062F, 0.830F},  {-0.062F, 0.830F}, {0.058F, 0.850F},
     {-0.058F, 0.850F}, {0.080F, 0.865F},  {-0.080F, 0.865F}}};

PersonFrame standing_figure(Size size) {
    PersonFrame person;
    const auto height = static_cast<float>(size.height);
    const float middle = static_cast<float>(size.width) / 2;
    for (const auto& [x, y] : figure)
        person.keypoints_2d.push_back({middle + x * height, y * height});
    person.keypoints_3d.resize(figure.size());
    person.keypoints_confidence.assign(figure.size(), 0.9F);
    person.bbox_xyxy = {middle - 0.2F * height, 0.125F * height, middle + 0.2F * height, 0.875F * height};
    person.bbox_confidence = 0.97F;
    return person;
}

void draw(benchmark::State& state, Overlay overlay) {
    const auto height = static_cast<int>(state.range(0));
    const Size size{height * 16 / 9, height};
    Canvas canvas(size, {});
    std::memset(canvas.plane(0), 120,
                static_cast<std::size_t>(canvas.stride(0)) * static_cast<std::size_t>(height) * 3 / 2);
    const Skeleton skeleton = blazepose_skeleton();
    const std::array people{standing_figure(size)};
    for (auto _ : state)
        posed::rendering::draw_people(canvas, size, skeleton, people, overlay);
}

BENCHMARK_CAPTURE(draw, lines, lines)->Arg(720)->Arg(1080)->Arg(2160)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(draw, points, points)->Arg(720)->Arg(1080)->Arg(2160)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(draw, usual, usual)->Arg(720)->Arg(1080)->Arg(2160)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(draw, everything, everything)
    ->Arg(720)
    ->Arg(1080)
    ->Arg(2160)
    ->Unit(benchmark::kMicrosecond);

}  // namespace

BENCHMARK_MAIN();
