#include "domain/geometry.h"

#include <algorithm>

namespace posed {

Affine compose(const Affine& outer, const Affine& inner) noexcept {
    return {.xx = outer.xx * inner.xx + outer.xy * inner.yx,
            .xy = outer.xx * inner.xy + outer.xy * inner.yy,
            .x0 = outer.xx * inner.x0 + outer.xy * inner.y0 + outer.x0,
            .yx = outer.yx * inner.xx + outer.yy * inner.yx,
            .yy = outer.yx * inner.xy + outer.yy * inner.yy,
            .y0 = outer.yx * inner.x0 + outer.yy * inner.y0 + outer.y0};
}

Size fit_into(Size displayed, Size box) noexcept {
    const std::int64_t width = displayed.width, height = displayed.height;
    Size fitted = displayed;
    if (width > box.width || height > box.height) {
        const bool width_decides = width * box.height >= height * box.width;
        fitted = width_decides ? Size{box.width, static_cast<int>(height * box.width / width)}
                               : Size{static_cast<int>(width * box.height / height), box.height};
    }
    return {std::max(2, fitted.width & ~1), std::max(2, fitted.height & ~1)};
}

}  // namespace posed
