#include "media/deinterlace.h"

#include <algorithm>
#include <cstring>
#include <vector>

namespace posed::media {
namespace {

struct Rows {
    const std::uint8_t* above;
    const std::uint8_t* own;
    const std::uint8_t* below;
};

/// One row of the second field. `combed` is scratch of width + 2, its ends 0.
void weave_or_interpolate(const Rows& rows, int width, std::uint8_t* combed, std::uint8_t* out) {
    // The product of both differences, which is positive where the sample sticks out: 8 levels each way.
    constexpr int least_comb = 64;
    for (int x = 0; x < width; ++x) {
        const int up = rows.own[x] - rows.above[x], down = rows.own[x] - rows.below[x];
        combed[x + 1] = up * down > least_comb ? 1 : 0;
    }
    for (int x = 0; x < width; ++x) {
        const bool interpolate = (combed[x] | combed[x + 1] | combed[x + 2]) != 0;
        const int mean = (rows.above[x] + rows.below[x] + 1) / 2;
        out[x] = interpolate ? static_cast<std::uint8_t>(mean) : rows.own[x];
    }
}

}  // namespace

void deinterlace(const PlaneView& plane, int first_row, std::uint8_t* out, std::ptrdiff_t out_stride) {
    std::vector<std::uint8_t> combed(static_cast<std::size_t>(plane.width) + 2, 0);
    const auto row = [&](int y) { return plane.data + plane.stride * y; };
    for (int y = 0; y < plane.height; ++y) {
        std::uint8_t* target = out + out_stride * y;
        if (y % 2 == first_row || plane.height < 2) {
            std::memcpy(target, row(y), static_cast<std::size_t>(plane.width));
            continue;
        }
        const int above = y > 0 ? y - 1 : y + 1;
        const int below = y + 1 < plane.height ? y + 1 : y - 1;
        weave_or_interpolate({row(above), row(y), row(below)}, plane.width, combed.data(), target);
    }
}

}  // namespace posed::media
