#pragma once

#include <span>

#include "domain/frame.h"
#include "rendering/colour.h"

namespace posed::rendering {

/// A place on the canvas, pixel edges at integers.
struct Place {
    double x = 0;
    double y = 0;
};

/// The one shape that everything is drawn of: all points within `radius` of the straight line from `from` to
/// `to`. A line with round caps; a disc where both ends are the same.
struct Stroke {
    Place from;
    Place to;
    double radius = 1;
    double opacity = 1;  ///< 0..1, times the coverage
};

/// Paints the union of `strokes` in one colour over the canvas: where strokes overlap, the strongest counts
/// once, so that joints of translucent lines do not show.
///
/// A luma sample is blended by the share of its pixel that a stroke covers: exact along straight edges, to
/// second order along curved ones. A chroma sample is blended by the mean over its 2x2 luma pixels, that is,
/// as if it lay in their middle; the quarter of a luma pixel by which left-sited chroma lies elsewhere is not
/// modelled.
///
/// Strokes are cut at the canvas before any pixel is visited, so those far away cost nothing. Strokes with a
/// coordinate, radius or opacity that is not finite are left out.
void paint(Canvas& canvas, std::span<const Stroke> strokes, const Samples& colour);

}  // namespace posed::rendering
