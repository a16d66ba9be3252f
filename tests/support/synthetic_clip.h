#pragma once

#include <filesystem>

namespace posed::tests {

/// A clip of one clothed figure that steps on the spot and lifts its arms: 540x720, 24 frames a second, 96
/// frames. Drawn by the project itself when it is built (target `synthetic_clip`), for machines without
/// `../shared`.
[[nodiscard]] std::filesystem::path synthetic_clip();

/// Where the figure's joints are: CSV, one line a frame and joint, with the columns frame, time_s, joint
/// (BlazePose's names), x_px, y_px, x_m, y_m, z_m (camera axes: x right, y down, z away).
[[nodiscard]] std::filesystem::path synthetic_joints();

}  // namespace posed::tests
