#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "domain/geometry.h"

namespace posed {

/// The key points of an estimator: their names, and which of them are joined by a line.
struct Skeleton {
    std::vector<std::string> names;
    std::vector<std::pair<int, int>> links;
    std::vector<std::array<std::uint8_t, 3>> link_colours = {};  ///< R G B, where they are published

    friend bool operator==(const Skeleton&, const Skeleton&) = default;
};

/// Numbers of an estimator's own that it gives for every person in every frame: `shape` values each time.
struct FieldShape {
    std::string name;
    std::vector<std::int64_t> shape;

    friend bool operator==(const FieldShape&, const FieldShape&) = default;
};

/// The surface of a body as triangles, the same for every person in every frame.
struct Mesh {
    std::int64_t vertex_count = 0;
    std::vector<std::array<std::int32_t, 3>> faces;  ///< vertices of each triangle

    friend bool operator==(const Mesh&, const Mesh&) = default;
};

/// One person in one frame. The three key point lists have the skeleton's length.
struct PersonFrame {
    std::int32_t track_id = 0;
    std::array<float, 4> bbox_xyxy{};              ///< left, top, right, bottom; displayed pixels
    float bbox_confidence = 0;                     ///< 0..1
    std::vector<Point2> keypoints_2d = {};         ///< displayed pixels; may lie outside the frame
    std::vector<Point3> keypoints_3d = {};         ///< metres about the estimator's origin, camera axes
    std::vector<float> keypoints_confidence = {};  ///< 0..1
    Point3 root_translation = {};                  ///< metres: where that origin is in the camera's space
    std::vector<std::vector<float>> fields = {};   ///< the estimator's own, in the order of its FieldShapes
    std::vector<Point3> vertices = {};             ///< as keypoints_3d; none unless the mesh was asked for
};

/// What two boxes (left, top, right, bottom) share, as a part of what they cover together: 0 to 1.
[[nodiscard]] float overlap(const std::array<float, 4>& a, const std::array<float, 4>& b) noexcept;

}  // namespace posed
