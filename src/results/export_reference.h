#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "base/result.h"
#include "results/archive.h"
#include "results/export.h"

namespace posed::results {

/// Where the body's surface comes from where the archive does not hold it.
struct MeshSource {
    Mesh mesh;
    std::function<Result<std::vector<Point3>>(const PersonFrame&)> vertices_of;
};

/// How the reference service prepares frames: enlarged or made smaller to fit into a box, then padded to it.
/// Places in its results are in pixels of that.
struct PaddedFrame {
    double scale_x = 1;
    double scale_y = 1;
    double left = 0;
    double top = 0;
};
[[nodiscard]] PaddedFrame padded_frame(Size displayed, Size box) noexcept;

/// The archive in the layout of the reference service (docs/estimators.md): a safetensors file that repeats
/// the triangles in every frame, for one person a frame; of several, the one with the largest confidence
/// times area. Made piece by piece; `reader` must outlive it. Errors: invalid_argument where the archive is
/// not of sam-3d-body, or holds no vertices and there is no source of them; limit_exceeded for more frames
/// than such a file can list.
[[nodiscard]] Result<std::unique_ptr<PoseText>> open_reference_layout(ArchiveReader& reader, Size box,
                                                                      const MeshSource* source);

}  // namespace posed::results
