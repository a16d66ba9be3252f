#include "results/layout.h"

#include <string>
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

std::vector<TensorInfo> mesh_columns(std::int64_t faces, std::int64_t vertices, std::int64_t person_frames) {
    return {{faces_tensor, "I32", {faces, 3}}, {vertices_tensor, "F32", {person_frames, vertices, 3}}};
}

Result<> check_mesh(const Mesh& mesh, Code code) {
    const auto faces = static_cast<std::int64_t>(mesh.faces.size());
    if (mesh.vertex_count < 1 || mesh.vertex_count > max_vertices || faces < 1 || faces > max_faces)
        return fail(code, "a mesh of " + std::to_string(mesh.vertex_count) + " vertices and " +
                              std::to_string(faces) + " triangles; 1 to " + std::to_string(max_vertices) +
                              " and 1 to " + std::to_string(max_faces) + " can be stored");
    for (const auto& face : mesh.faces)
        for (const auto vertex : face)
            if (vertex < 0 || vertex >= mesh.vertex_count)
                return fail(code, "a triangle of vertex " + std::to_string(vertex) + " of " +
                                      std::to_string(mesh.vertex_count));
    return {};
}

}  // namespace posed::results
