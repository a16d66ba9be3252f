#pragma once

#include <cstdint>
#include <span>

#include "domain/camera.h"
#include "domain/frame.h"
#include "domain/pose.h"

namespace posed::rendering {

/// Raised by every change that makes other pictures of the same archive and options.
inline constexpr int drawing_revision = 2;

/// What is drawn; each works alone.
struct Overlay {
    bool bbox = false;
    bool bbox_confidence = false;
    bool keypoints = true;
    bool skeleton = true;
    bool mesh = false;  ///< of people who have vertices
};

/// Draws people on the planes of `canvas`, anti-aliased, chroma included. Coordinates of `people` are in
/// pixels of a picture of `source` size and are scaled to the canvas, x and y by their own factors. Line
/// width and point radius grow with the canvas so that a drawing looks alike at every size. Draws outside the
/// canvas are clipped; key points that are not finite are left out. No state; thread-safe for different
/// canvases.
void draw_people(Canvas& canvas, Size source, const Skeleton& skeleton, std::span<const PersonFrame> people,
                 const Overlay& overlay);

/// Draws the surfaces of those who have vertices, shaded, each in the colour of its track, the nearer before
/// the farther; `draw_people` then draws upon them. `camera` is in pixels of the source. What lies nearer to
/// the camera than a few centimetres is left out.
void draw_meshes(Canvas& canvas, Size source, const Mesh& mesh, const Camera& camera,
                 std::span<const PersonFrame> people);

}  // namespace posed::rendering
