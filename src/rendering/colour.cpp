#include "rendering/colour.h"

#include <algorithm>
#include <cmath>

namespace posed::rendering {
namespace {

/// The weights of red and blue in luma.
struct Weights {
    double red;
    double blue;
};

Weights weights_of(ColourMatrix matrix) noexcept {
    switch (matrix) {
        case ColourMatrix::bt601:
            return {0.299, 0.114};
        case ColourMatrix::bt709:
            return {0.2126, 0.0722};
        case ColourMatrix::bt2020:
            return {0.2627, 0.0593};
    }
    return {0.299, 0.114};
}

std::uint8_t sample(double value) noexcept {
    return static_cast<std::uint8_t>(std::lround(std::clamp(value, 0.0, 255.0)));
}

}  // namespace

Samples samples_of(Rgb colour, const ColourEncoding& encoding) noexcept {
    const auto [red_weight, blue_weight] = weights_of(encoding.matrix);
    const double red = colour.red / 255.0;
    const double green = colour.green / 255.0;
    const double blue = colour.blue / 255.0;
    const double luma = red_weight * red + (1 - red_weight - blue_weight) * green + blue_weight * blue;
    const double blue_difference = (blue - luma) / (2 * (1 - blue_weight));
    const double red_difference = (red - luma) / (2 * (1 - red_weight));
    const bool full = encoding.range == ColourRange::full;
    const double luma_span = full ? 255 : 219;
    const double chroma_span = full ? 255 : 224;
    return {.luma = sample((full ? 0 : 16) + luma_span * luma),
            .blue_difference = sample(128 + chroma_span * blue_difference),
            .red_difference = sample(128 + chroma_span * red_difference)};
}

}  // namespace posed::rendering
