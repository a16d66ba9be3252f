#pragma once

#include <ATen/ATen.h>

#include "domain/geometry.h"
#include "estimation/sam3dbody/ray_encoder.h"

/// Between the body's own space, the camera's, the frame and the crop; float32.
namespace posed::estimation::sam3dbody {

/// What the camera head is told of the crop: (batch, 3).
[[nodiscard]] at::Tensor crop_condition(const Batch& batch);

/// Where the body stands before the camera, (batch, 3), from the three numbers of the camera head.
[[nodiscard]] at::Tensor camera_translation(const at::Tensor& camera_numbers, const Batch& batch);

struct Projected {
    at::Tensor points;  ///< (batch, n, 2), pixels of the frame
    at::Tensor depth;   ///< (batch, n)
};
[[nodiscard]] Projected project(const at::Tensor& points, const at::Tensor& translation,
                                const at::Tensor& camera);

/// Points of the frame in fractions of the crop, from -0.5 to 0.5.
[[nodiscard]] at::Tensor to_crop(const at::Tensor& points, const at::Tensor& crop_from_frame, Size crop);

/// Where such points lie on the feature map, from -1 to 1: the map lacks the columns that the network does
/// not see.
[[nodiscard]] at::Tensor map_places(const at::Tensor& in_crop);

/// Features of the map, (batch, channels, rows, columns), at places: (batch, n, channels). Zero beyond it.
[[nodiscard]] at::Tensor sampled(const at::Tensor& map, const at::Tensor& places);

}  // namespace posed::estimation::sam3dbody
