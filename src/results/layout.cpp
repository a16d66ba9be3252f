#include "results/layout.h"

#include <utility>

namespace posed::results {

std::vector<TensorInfo> columns_of(std::int64_t frames, std::int64_t person_frames, std::int64_t keypoints) {
    return {{"frame_pts", "I64", {frames}},
            {"frame_pts_us", "I64", {frames}},
            {"frame_rows", "I64", {frames + 1}},
            {"track_id", "I32", {person_frames}},
            {"bbox_xyxy", "F32", {person_frames, 4}},
            {"bbox_confidence", "F32", {person_frames}},
            {"keypoints_2d", "F32", {person_frames, keypoints, 2}},
            {"keypoints_3d", "F32", {person_frames, keypoints, 3}},
            {"keypoints_confidence", "F32", {person_frames, keypoints}},
            {"root_translation", "F32", {person_frames, 3}}};
}

TensorInfo column_of(const FieldShape& field, std::int64_t person_frames) {
    std::vector<std::int64_t> shape{person_frames};
    shape.insert(shape.end(), field.shape.begin(), field.shape.end());
    return {field.name, "F32", std::move(shape)};
}

}  // namespace posed::results
