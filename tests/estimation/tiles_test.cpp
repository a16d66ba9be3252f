// People who are small in the picture, and pictures without any.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <iostream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "domain/camera.h"
#include "tests/estimation/clip.h"
#include "tests/support/shared_data.h"

namespace posed::tests {
namespace {

using estimation::Estimator;
using estimation::Session;

constexpr Size large{1920, 1080};
constexpr int small_height = large.height / 6;

/// A plane shrunk by averaging the samples that fall into each target sample.
void shrink_into(const PlaneView& from, std::uint8_t* to, std::ptrdiff_t stride, Size size) {
    for (int y = 0; y < size.height; ++y) {
        const int top = y * from.height / size.height, bottom = (y + 1) * from.height / size.height;
        for (int x = 0; x < size.width; ++x) {
            const int left = x * from.width / size.width, right = (x + 1) * from.width / size.width;
            int sum = 0;
            for (int v = top; v < bottom; ++v)
                for (int u = left; u < right; ++u)
                    sum += from.data[v * from.stride + u];
            const int count = (bottom - top) * (right - left);
            to[y * stride + x] = static_cast<std::uint8_t>((sum + count / 2) / count);
        }
    }
}

/// The frame at a sixth of the large picture's height, its corner at (left, top), on grey.
Canvas pasted(const FrameView& frame, int left, int top, Size size) {
    Canvas canvas(large, frame.colour);
    for (int i = 0; i < 3; ++i) {
        const int shift = i == 0 ? 0 : 1;
        std::fill_n(canvas.plane(i), canvas.stride(i) * (large.height >> shift), std::uint8_t{128});
        shrink_into(frame.planes[static_cast<std::size_t>(i)],
                    canvas.plane(i) + (top >> shift) * canvas.stride(i) + (left >> shift), canvas.stride(i),
                    {size.width >> shift, size.height >> shift});
    }
    return canvas;
}

/// Mean distance of the key points, in parts of the figure's height, between a small figure and the same one
/// seen large.
double relative_distance(const PersonFrame& small, const PersonFrame& full, Point2 corner, double scale) {
    double sum = 0;
    for (std::size_t i = 0; i < full.keypoints_2d.size(); ++i)
        sum += std::hypot((small.keypoints_2d[i].x - corner.x) / scale - full.keypoints_2d[i].x,
                          (small.keypoints_2d[i].y - corner.y) / scale - full.keypoints_2d[i].y);
    const double height = full.bbox_xyxy[3] - full.bbox_xyxy[1];
    return sum / static_cast<double>(full.keypoints_2d.size()) / height;
}

std::unique_ptr<Session> open_session(Estimator& estimator, Size size) {
    return estimator.open_session({.displayed = size, .camera = default_camera(size)}).value();
}

TEST(Tiles, FindAWalkerAtASixthOfTheHeight) {
    const auto clip = shared_data() / "footage/clips/walk_lab_edit_list.mp4";
    POSED_NEEDS(clip);
    const auto estimator = open_estimator("blazepose-full");
    const auto full = estimate_video(*estimator, clip);
    constexpr std::array<Point2, 5> corners = {{{0, 0}, {1818, 900}, {910, 450}, {250, 700}, {1400, 100}}};
    for (const Point2 corner : corners) {
        auto session = open_session(*estimator, large);
        std::size_t index = 0, found = 0;
        double distance = 0;
        for_each_frame(clip, [&](const Frame& frame, Microseconds time) {
            const Size shown = frame.view.displayed;
            const double scale = static_cast<double>(small_height) / shown.height;
            const Size size{static_cast<int>(shown.width * scale) / 2 * 2, small_height};
            const Canvas canvas =
                pasted(frame.view, static_cast<int>(corner.x), static_cast<int>(corner.y), size);
            const auto seen = see_frame(*estimator, *session, canvas.view(), time);
            const auto& reference = full.at(index++).person;
            if (seen.person && reference) {
                ++found;
                distance += relative_distance(*seen.person, *reference, corner, scale);
            }
            return true;
        });
        const double share = static_cast<double>(found) / static_cast<double>(index);
        const double mean = distance / static_cast<double>(std::max<std::size_t>(found, 1));
        std::cout << "walker at " << corner.x << ", " << corner.y << ": found in " << 100 * share
                  << " % of the frames, 2D off by " << 100 * mean << " % of her height\n";
        EXPECT_GE(share, 0.9);
        EXPECT_LE(mean, 0.03);
    }
}

TEST(Tiles, FindNobodyInAFlower) {
    const auto clip = shared_data() / "footage/clips/flower_no_person.mp4";
    POSED_NEEDS(clip);
    for (const auto* name : {"blazepose-lite", "blazepose-full", "blazepose-heavy"}) {
        const auto estimator = open_estimator(name);
        const auto frames = estimate_video(*estimator, clip);
        EXPECT_EQ(frames.size(), 150U);
        EXPECT_EQ(std::ranges::count_if(frames, [](const auto& frame) { return frame.person.has_value(); }),
                  0)
            << name;
    }
}

}  // namespace
}  // namespace posed::tests
