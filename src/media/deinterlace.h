#pragma once

#include <cstddef>
#include <cstdint>

#include "domain/frame.h"

namespace posed::media {

/// Makes one whole plane of an interlaced one: the rows of the field shown first (`first_row` 0: the even
/// ones, 1: the odd ones) are kept. A sample of the other field is kept where it fits between its neighbours
/// above and below, so that what stands still keeps its detail, and is their mean where it sticks out on the
/// same side of both, as a moving edge's comb does.
void deinterlace(const PlaneView& plane, int first_row, std::uint8_t* out, std::ptrdiff_t out_stride);

}  // namespace posed::media
