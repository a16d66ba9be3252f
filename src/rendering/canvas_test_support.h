#pragma once

#include <cstdint>
#include <cstring>
#include <vector>

#include "rendering/colour.h"

/// Canvases as tests look at them.
namespace posed::rendering {

inline Canvas filled_canvas(Size size, Samples colour, ColourEncoding encoding = {}) {
    Canvas canvas(size, encoding);
    const auto rows = static_cast<std::size_t>(size.height);
    std::memset(canvas.plane(0), colour.luma, rows * static_cast<std::size_t>(canvas.stride(0)));
    std::memset(canvas.plane(1), colour.blue_difference,
                rows / 2 * static_cast<std::size_t>(canvas.stride(1)));
    std::memset(canvas.plane(2), colour.red_difference,
                rows / 2 * static_cast<std::size_t>(canvas.stride(2)));
    return canvas;
}

inline int luma_at(const Canvas& canvas, int column, int row) {
    return canvas.plane(0)[row * canvas.stride(0) + column];
}

inline int chroma_at(const Canvas& canvas, int plane, int column, int row) {
    return canvas.plane(plane)[row * canvas.stride(plane) + column];
}

/// Everything that belongs to the canvas, the unseen ends of its rows included.
inline std::vector<std::uint8_t> bytes_of(const Canvas& canvas) {
    std::vector<std::uint8_t> bytes;
    for (int plane = 0; plane < 3; ++plane) {
        const int rows = plane == 0 ? canvas.size().height : canvas.size().height / 2;
        const std::uint8_t* begin = canvas.plane(plane);
        bytes.insert(bytes.end(), begin, begin + rows * canvas.stride(plane));
    }
    return bytes;
}

}  // namespace posed::rendering
