#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/result.h"
#include "domain/geometry.h"
#include "estimation/sam3dbody/profile.h"

/// From a person's box to the crop that the network is shown, and to the numbers by which its answers are
/// brought back. All float32, as the model was trained; coordinates of the frame are used as they come.
namespace posed::estimation::sam3dbody {

struct BoxSize {
    float width = 0;
    float height = 0;
};

/// Left, top, right, bottom in pixels of the frame.
using Box = std::array<float, 4>;

[[nodiscard]] Point2 center_of(const Box& box) noexcept;

/// The box's size with a quarter added.
[[nodiscard]] BoxSize padded_size(const Box& box) noexcept;

/// The smallest size that holds `size` and has the ratio of width to height.
[[nodiscard]] BoxSize with_ratio(BoxSize size, float ratio) noexcept;

/// fx, 0, cx; 0, fy, cy; 0, 0, 1 by rows; a caller's own may have skew.
using CameraMatrix = std::array<float, 9>;

/// Focal length = diagonal, centre in the middle.
[[nodiscard]] CameraMatrix default_camera_matrix(Size frame) noexcept;

/// Where a crop lies in the frame.
struct Placement {
    Point2 center;
    BoxSize size;  ///< what the crop shows; of it the model uses the width only
    Affine crop_from_frame = {};
};

/// Errors: invalid_argument for a box that is empty, no number, or wholly outside the frame.
[[nodiscard]] Result<Placement> place_crop(const Box& box, Size frame, const Profile& profile);

/// The affine map from the frame to the crop that shows `size` around `center`.
[[nodiscard]] Affine crop_from_frame(Point2 center, BoxSize size, const Profile& profile) noexcept;

/// Packed 8-bit R G B, borrowed.
struct RgbView {
    const std::uint8_t* data = nullptr;
    std::ptrdiff_t stride = 0;
    Size size;
};

/// The crop in packed 8-bit R G B, by the integer bilinear scheme of OpenCV's generic warpAffine: black
/// outside the frame. `crop` has width * height * 3 bytes.
void warp(const RgbView& frame, const Affine& crop_from_frame, Size crop_size,
          std::span<std::uint8_t> crop) noexcept;

}  // namespace posed::estimation::sam3dbody
