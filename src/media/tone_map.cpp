#include "media/tone_map.h"

#include <algorithm>
#include <cmath>

namespace posed::media {
namespace {

struct Light {
    double r = 0, g = 0, b = 0;
};

constexpr double page_white = 203;   // cd/m2
constexpr double peak_white = 1000;  // cd/m2

/// cd/m2 of a PQ value (SMPTE ST 2084).
double light_of_pq(double value) {
    constexpr double m1 = 2610.0 / 16384, m2 = 2523.0 / 4096 * 128;
    constexpr double c1 = 3424.0 / 4096, c2 = 2413.0 / 4096 * 32, c3 = 2392.0 / 4096 * 32;
    const double root = std::pow(value, 1 / m2);
    return 10'000 * std::pow(std::max(root - c1, 0.0) / (c2 - c3 * root), 1 / m1);
}

/// Scene light 0..1 of an HLG value (BT.2100, inverse OETF).
double scene_of_hlg(double value) {
    constexpr double a = 0.17883277, b = 1 - 4 * a;
    const double c = 0.5 - a * std::log(4 * a);
    return value <= 0.5 ? value * value / 3 : (std::exp((value - c) / a) + b) / 12;
}

double luminance_2020(const Light& light) {
    return 0.2627 * light.r + 0.6780 * light.g + 0.0593 * light.b;
}

double luminance_709(const Light& light) {
    return 0.2126 * light.r + 0.7152 * light.g + 0.0722 * light.b;
}

Light scaled(const Light& light, double factor) {
    return {light.r * factor, light.g * factor, light.b * factor};
}

/// cd/m2 on the screen, BT.2020 primaries.
Light screen_light(const Components& hdr, TransferFunction transfer) {
    const auto limit = [](double value) { return std::clamp(value, 0.0, 1.0); };
    const double r = limit(hdr.y + 1.4746 * hdr.cr);
    const double b = limit(hdr.y + 1.8814 * hdr.cb);
    const double g = limit(hdr.y - (0.2627 * 1.4746 * hdr.cr + 0.0593 * 1.8814 * hdr.cb) / 0.6780);
    if (transfer == TransferFunction::pq)
        return {light_of_pq(r), light_of_pq(g), light_of_pq(b)};
    const Light scene{scene_of_hlg(r), scene_of_hlg(g), scene_of_hlg(b)};
    constexpr double system_gamma = 1.2;
    return scaled(scene, peak_white * std::pow(luminance_2020(scene), system_gamma - 1));
}

/// Linear light BT.2020 -> BT.709 (ITU-R BT.2087).
Light to_primaries_709(const Light& in) {
    return {1.660491 * in.r - 0.587641 * in.g - 0.072850 * in.b,
            -0.124550 * in.r + 1.132900 * in.g - 0.008349 * in.b,
            -0.018151 * in.r - 0.100579 * in.g + 1.118730 * in.b};
}

/// Draws a colour towards its grey until every part lies in 0..1.
Light into_range(const Light& light) {
    const double grey = std::clamp(luminance_709(light), 0.0, 1.0);
    double keep = 1;
    for (const double part : {light.r, light.g, light.b}) {
        if (part < 0)
            keep = std::min(keep, grey / (grey - part));
        else if (part > 1)
            keep = std::min(keep, (1 - grey) / (part - grey));
    }
    const auto drawn = [&](double part) { return std::clamp(grey + keep * (part - grey), 0.0, 1.0); };
    return {drawn(light.r), drawn(light.g), drawn(light.b)};
}

constexpr int luma_cells = 64, luma_step = 1024 / luma_cells;
constexpr int chroma_cells = 64, chroma_step = 1024 / chroma_cells;
constexpr int luma_points = luma_cells + 1, chroma_points = chroma_cells + 1;
constexpr int fixed_point = 64;
constexpr int weight_bits = 12;  // luma_step * chroma_step^2 = 2^12

std::uint16_t fixed(double level) {
    return static_cast<std::uint16_t>(std::lround(std::clamp(level, 0.0, 255.0) * fixed_point));
}

/// Added before the fraction is cut off: an 8x8 Bayer pattern of 0..63.
int dither_at(int x, int y) noexcept {
    int value = 0;
    for (int bit = 0; bit < 3; ++bit) {
        const int right = (x >> bit) & 1, down = (y >> bit) & 1;
        value = value * 4 + ((right ^ down) << 1 | down);
    }
    return value;
}

std::uint8_t rounded(std::uint32_t value, int x, int y) noexcept {
    return static_cast<std::uint8_t>(
        std::min<std::uint32_t>(255, (value + static_cast<std::uint32_t>(dither_at(x, y))) / fixed_point));
}

}  // namespace

Components tone_map(const Components& hdr, TransferFunction transfer) noexcept {
    Light light = scaled(screen_light(hdr, transfer), 1 / page_white);
    const double brightest = std::max({light.r, light.g, light.b});
    constexpr double peak = peak_white / page_white;
    const double mapped = brightest * (1 + brightest / (peak * peak)) / (1 + brightest);
    if (brightest > 0)
        light = scaled(light, std::min(mapped, 1.0) / brightest);
    light = into_range(to_primaries_709(light));
    constexpr double gamma = 2.4;
    const double r = std::pow(light.r, 1 / gamma), g = std::pow(light.g, 1 / gamma),
                 b = std::pow(light.b, 1 / gamma);
    const double y = luminance_709({r, g, b});
    return {.y = y, .cb = (b - y) / 1.8556, .cr = (r - y) / 1.5748};
}

/// The four columns around a (Cb, Cr), with weights that add up to chroma_step^2.
struct ToneMap::Cell {
    std::array<const std::uint16_t*, 4> columns;
    std::array<std::uint32_t, 4> weights;

    /// The interpolated value of component `which` at Y'.
    [[nodiscard]] std::uint32_t at(unsigned luma, int which) const noexcept {
        const unsigned index = luma / luma_step, upper = luma % luma_step;
        std::uint32_t sum = 0;
        for (std::size_t i = 0; i < 4; ++i) {
            const std::uint16_t* column = columns[i] + which * luma_points + index;
            sum += weights[i] * (column[0] * (luma_step - upper) + column[1] * upper);
        }
        return sum >> weight_bits;
    }
};

ToneMap::ToneMap(TransferFunction transfer, ColourRange range)
    : table_(static_cast<std::size_t>(chroma_points) * chroma_points * 3 * luma_points) {
    const bool full = range == ColourRange::full;
    const double black = full ? 0 : 64, luma_span = full ? 1023 : 876, chroma_span = full ? 1023 : 896;
    for (int cb = 0; cb < chroma_points; ++cb) {
        for (int cr = 0; cr < chroma_points; ++cr) {
            std::uint16_t* column = table_.data() + place(cb, cr);
            for (int y = 0; y < luma_points; ++y) {
                const auto sdr = tone_map({.y = (y * luma_step - black) / luma_span,
                                           .cb = (cb * chroma_step - 512) / chroma_span,
                                           .cr = (cr * chroma_step - 512) / chroma_span},
                                          transfer);
                column[y] = fixed(16 + 219 * sdr.y);
                column[luma_points + y] = fixed(128 + 224 * sdr.cb);
                column[2 * luma_points + y] = fixed(128 + 224 * sdr.cr);
            }
        }
    }
}

std::size_t ToneMap::place(int cb, int cr) const noexcept {
    return (static_cast<std::size_t>(cb) * chroma_points + static_cast<std::size_t>(cr)) * 3 * luma_points;
}

ToneMap::Cell ToneMap::cell_at(unsigned cb, unsigned cr) const noexcept {
    const int i = static_cast<int>(cb) / chroma_step, j = static_cast<int>(cr) / chroma_step;
    const unsigned f = cb % chroma_step, g = cr % chroma_step;
    const auto* table = table_.data();
    return {.columns = {table + place(i, j), table + place(i, j + 1), table + place(i + 1, j),
                        table + place(i + 1, j + 1)},
            .weights = {(chroma_step - f) * (chroma_step - g), (chroma_step - f) * g, f * (chroma_step - g),
                        f * g}};
}

/// The samples of one chroma sample: (x, y) counts chroma samples.
void ToneMap::map_block(const TenBitPicture& in, const EightBitPicture& out, int x, int y) const {
    constexpr unsigned most = 1023;
    const auto sample = [&](std::size_t plane, int column, int row) {
        return std::min<unsigned>(most, in.planes[plane][in.strides[plane] * row + column]);
    };
    const Cell cell = cell_at(sample(1, x, y), sample(2, x, y));
    unsigned sum = 0, count = 0;
    for (int row = 2 * y; row < std::min(2 * y + 2, in.size.height); ++row) {
        for (int column = 2 * x; column < std::min(2 * x + 2, in.size.width); ++column) {
            const unsigned luma = sample(0, column, row);
            out.planes[0][out.strides[0] * row + column] = rounded(cell.at(luma, 0), column, row);
            sum += luma;
            ++count;
        }
    }
    const unsigned mean = (sum + count / 2) / count;
    out.planes[1][out.strides[1] * y + x] = rounded(cell.at(mean, 1), x, y);
    out.planes[2][out.strides[2] * y + x] = rounded(cell.at(mean, 2), x, y);
}

void ToneMap::apply(const TenBitPicture& in, const EightBitPicture& out) const {
    const int width = (in.size.width + 1) / 2, height = (in.size.height + 1) / 2;
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x)
            map_block(in, out, x, y);
    }
}

}  // namespace posed::media
