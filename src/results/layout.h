#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "results/archive.h"

/// Which tensors an archive has: the one place that writer and reader share.
namespace posed::results {

/// The tensors in the order of the file, those of 8-byte elements first.
enum class Column : std::size_t {
    frame_pts,
    frame_pts_us,
    frame_rows,
    track_id,
    bbox_xyxy,
    bbox_confidence,
    keypoints_2d,
    keypoints_3d,
    keypoints_confidence,
    root_translation
};
inline constexpr std::size_t column_count = 10;

[[nodiscard]] constexpr std::size_t index_of(Column column) noexcept {
    return static_cast<std::size_t>(column);
}

/// Names, types and shapes, indexed by `Column`, for T frames, N person-frames and K key points.
[[nodiscard]] std::vector<TensorInfo> columns_of(std::int64_t frames, std::int64_t person_frames,
                                                 std::int64_t keypoints);

/// What follows them: the tensor of a field of the estimator's own.
[[nodiscard]] TensorInfo column_of(const FieldShape& field, std::int64_t person_frames);

/// The last two, where there is a mesh.
inline constexpr const char* faces_tensor = "faces";
inline constexpr const char* vertices_tensor = "vertices";
[[nodiscard]] std::vector<TensorInfo> mesh_columns(std::int64_t faces, std::int64_t vertices,
                                                   std::int64_t person_frames);

/// Every triangle joins vertices that there are, and neither are too many. Error: of the code given.
[[nodiscard]] Result<> check_mesh(const Mesh& mesh, Code code);

}  // namespace posed::results
