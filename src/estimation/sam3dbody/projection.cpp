#include "estimation/sam3dbody/projection.h"

namespace posed::estimation::sam3dbody {
namespace {

at::Tensor of_camera(const Batch& batch, int row, int column) {
    return batch.camera.select(1, row).select(1, column);
}

}  // namespace

at::Tensor crop_condition(const Batch& batch) {
    const auto focal_length = of_camera(batch, 0, 0);
    return at::stack(
        {(batch.center.select(1, 0) - of_camera(batch, 0, 2)) / focal_length,
         (batch.center.select(1, 1) - of_camera(batch, 1, 2)) / focal_length, batch.size / focal_length},
        1);
}

at::Tensor camera_translation(const at::Tensor& camera_numbers, const Batch& batch) {
    const auto scale = -camera_numbers.select(1, 0);
    const auto side = batch.size * scale + 1e-8;
    const auto x = 2 * (batch.center.select(1, 0) - of_camera(batch, 0, 2)) / side;
    const auto y = 2 * (batch.center.select(1, 1) - of_camera(batch, 1, 2)) / side;
    return at::stack(
        {camera_numbers.select(1, 1) + x, y - camera_numbers.select(1, 2), 2 * of_camera(batch, 0, 0) / side},
        1);
}

Projected project(const at::Tensor& points, const at::Tensor& translation, const at::Tensor& camera) {
    const auto placed = points + translation.unsqueeze(1);
    const auto depth = placed.select(2, 2);
    return {at::matmul(placed / depth.unsqueeze(2), camera.transpose(1, 2)).narrow(2, 0, 2), depth};
}

at::Tensor to_crop(const at::Tensor& points, const at::Tensor& crop_from_frame, Size crop) {
    const auto moved = at::matmul(points, crop_from_frame.narrow(2, 0, 2).transpose(1, 2)) +
                       crop_from_frame.select(2, 2).unsqueeze(1);
    return at::stack({moved.select(2, 0) / crop.width, moved.select(2, 1) / crop.height}, 2) - 0.5;
}

at::Tensor map_places(const at::Tensor& in_crop) {
    return at::stack({2 * in_crop.select(2, 0) / 12 * 16, 2 * in_crop.select(2, 1)}, 2);
}

at::Tensor sampled(const at::Tensor& map, const at::Tensor& places) {
    constexpr int bilinear = 0, zeros = 0;
    return at::grid_sampler(map, places.unsqueeze(2), bilinear, zeros, false).squeeze(3).transpose(1, 2);
}

}  // namespace posed::estimation::sam3dbody
