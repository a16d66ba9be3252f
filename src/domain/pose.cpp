#include "domain/pose.h"

#include <algorithm>

namespace posed {
namespace {

float area_of(const std::array<float, 4>& box) noexcept {
    return std::max(0.0F, box[2] - box[0]) * std::max(0.0F, box[3] - box[1]);
}

}  // namespace

float overlap(const std::array<float, 4>& a, const std::array<float, 4>& b) noexcept {
    const std::array<float, 4> common{std::max(a[0], b[0]), std::max(a[1], b[1]), std::min(a[2], b[2]),
                                      std::min(a[3], b[3])};
    const float both = area_of(common), either = area_of(a) + area_of(b) - both;
    return either > 0 ? both / either : 0;
}

}  // namespace posed
