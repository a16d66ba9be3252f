#include "estimation/sampling_kernels.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

namespace posed::estimation {
namespace {

static_assert(std::endian::native == std::endian::little,
              "two neighbouring samples are loaded as one number");

// Everything below is inlined into one function per instruction set; the loops are written to be vectorised.
#define POSED_INLINE [[gnu::always_inline]] inline

constexpr int block = 64;
constexpr int line_bytes = 64;  ///< that the processor fetches at once

/// Of the four samples around each pixel of a block: the place of the upper left one, and how far the pixel
/// lies from there.
struct Positions {
    alignas(64) std::int32_t x[block];
    alignas(64) std::int32_t y[block];
    alignas(64) float fraction_x[block];
    alignas(64) float fraction_y[block];
};

/// The four samples: upper left in the lowest byte, upper right, lower left, lower right.
struct Neighbours {
    alignas(64) std::uint32_t samples[block];
};

/// Cutting the coordinate to the plane is the same as repeating its outermost samples. Within a block places
/// are counted from its lowest, so that single precision is exact to 1e-5 samples.
POSED_INLINE void place(double first, double step, int samples, std::int32_t* index, float* fraction) {
    constexpr double far_away = 1 << 22;  // and still a whole number in single precision
    const double lowest = std::floor(first + (step < 0 ? step * (block - 1) : 0));
    const double base = lowest > -far_away ? (lowest < far_away ? lowest : far_away) : -far_away;
    const auto start = static_cast<float>(first - base), stride = static_cast<float>(step);
    const auto whole_base = static_cast<std::int32_t>(base);
    const std::int32_t last_pair = (samples > 1 ? samples - 2 : 0) - whole_base;
    const float low = whole_base < 0 ? static_cast<float>(-whole_base) : 0;
    const auto high = static_cast<float>(samples - 1 - whole_base);
    for (int i = 0; i < block; ++i) {
        const float wanted = start + stride * static_cast<float>(i);
        const float raised = wanted > low ? wanted : low;
        const float cut = raised < high ? raised : high;
        const auto whole = static_cast<std::int32_t>(cut);
        const std::int32_t lower = whole < last_pair ? whole : last_pair;
        index[i] = lower + whole_base;
        fraction[i] = cut - static_cast<float>(lower);
    }
}

POSED_INLINE void locate(const Line& line, int begin, const PlaneView& plane, Positions& positions) {
    place(line.x + line.step_x * begin, line.step_x, plane.width, positions.x, positions.fraction_x);
    place(line.y + line.step_y * begin, line.step_y, plane.height, positions.y, positions.fraction_y);
}

POSED_INLINE void fetch(const PlaneView& plane, const Positions& positions, Neighbours& neighbours) {
    alignas(64) std::int32_t offsets[block];
    const auto stride = static_cast<std::int32_t>(plane.stride);
    for (int i = 0; i < block; ++i)
        offsets[i] = positions.y[i] * stride + positions.x[i];
    const std::ptrdiff_t next_row = plane.height > 1 ? plane.stride : 0;
    for (int i = 0; i < block; ++i) {
        const std::uint8_t* sample = plane.data + offsets[i];
        std::uint16_t upper = 0, lower = 0;
        std::memcpy(&upper, sample, sizeof upper);
        std::memcpy(&lower, sample + next_row, sizeof lower);
        neighbours.samples[i] = upper | static_cast<std::uint32_t>(lower) << 16;
    }
}

POSED_INLINE float between(std::uint32_t left, std::uint32_t right, float fraction) {
    const auto from = static_cast<float>(static_cast<std::int32_t>(left));
    return from + (static_cast<float>(static_cast<std::int32_t>(right)) - from) * fraction;
}

POSED_INLINE void interpolate(const Neighbours& neighbours, const Positions& positions, float* values) {
    for (int i = 0; i < block; ++i) {
        const std::uint32_t four = neighbours.samples[i];
        const float upper = between(four & 255, four >> 8 & 255, positions.fraction_x[i]);
        const float lower = between(four >> 16 & 255, four >> 24, positions.fraction_x[i]);
        values[i] = upper + (lower - upper) * positions.fraction_y[i];
    }
}

/// Asks for the samples along a line, so that they are at hand when it is sampled: a frame comes from memory,
/// and what a crop skips keeps the processor's own guesses from helping.
POSED_INLINE void fetch_ahead(const PlaneView& plane, const Line& line, int pixels) {
    const double longest = std::max({std::abs(line.step_x) / line_bytes, std::abs(line.step_y), 1e-3});
    const int stride = std::max(static_cast<int>(std::min(1 / longest, 1e3)), 1);
    const double last_x = plane.width - 1, last_y = plane.height - 1;
    for (int i = 0; i < pixels + stride; i += stride) {
        const double x = line.x + line.step_x * i, y = line.y + line.step_y * i;
        if (!(x >= 0 && x <= last_x && y >= 0 && y < last_y))
            continue;
        const std::uint8_t* sample =
            plane.data + static_cast<std::ptrdiff_t>(y) * plane.stride + static_cast<std::ptrdiff_t>(x);
        __builtin_prefetch(sample);
        __builtin_prefetch(sample + plane.stride);
    }
}

POSED_INLINE float cut_to_unit(float value) {
    const float positive = value > 0.0F ? value : 0.0F;
    return positive < 1.0F ? positive : 1.0F;
}

POSED_INLINE void convert(const RgbFromYuv& colour, float* red_or_y, float* green_or_cb, float* blue_or_cr) {
    for (int i = 0; i < block; ++i) {
        const float y = red_or_y[i] * colour.luma, cb = green_or_cb[i], cr = blue_or_cr[i];
        red_or_y[i] = cut_to_unit(y + colour.red_cr * cr + colour.red);
        green_or_cb[i] = cut_to_unit(y + colour.green_cb * cb + colour.green_cr * cr + colour.green);
        blue_or_cr[i] = cut_to_unit(y + colour.blue_cb * cb + colour.blue);
    }
}

POSED_INLINE void sample_row_body(const RowTask& task, std::span<float> rgb) {
    Positions positions;
    Neighbours neighbours;
    alignas(64) float planes[3][block];
    const int pixels = static_cast<int>(rgb.size() / 3);
    fetch_ahead(task.luma, task.later_luma_line, pixels);
    fetch_ahead(task.chroma[0], task.later_chroma_line, pixels);
    fetch_ahead(task.chroma[1], task.later_chroma_line, pixels);
    for (int begin = 0; begin < pixels; begin += block) {
        locate(task.luma_line, begin, task.luma, positions);
        fetch(task.luma, positions, neighbours);
        interpolate(neighbours, positions, planes[0]);
        locate(task.chroma_line, begin, task.chroma[0], positions);
        for (std::size_t c = 0; c < 2; ++c) {
            fetch(task.chroma[c], positions, neighbours);
            interpolate(neighbours, positions, planes[c + 1]);
        }
        convert(task.colour, planes[0], planes[1], planes[2]);
        float* out = rgb.data() + 3 * static_cast<std::ptrdiff_t>(begin);
        const int count = std::min(block, pixels - begin);
        for (int i = 0; i < count; ++i) {
            out[3 * i] = planes[0][i];
            out[3 * i + 1] = planes[1][i];
            out[3 * i + 2] = planes[2][i];
        }
    }
}

constexpr int reduced_block = 32;

/// The rows under a block of averages, from `left` on; beyond the plane, the last samples again.
template <int factor>
struct Rows {
    std::array<const std::uint8_t*, factor> row;
    std::uint8_t padded[factor][reduced_block * factor];
};

template <int factor>
POSED_INLINE void find_rows(const PlaneView& plane, int top, int left, Rows<factor>& rows) {
    constexpr int columns = reduced_block * factor;
    const int inside = std::min(columns, plane.width - left);
    for (int k = 0; k < factor; ++k) {
        rows.row[k] = plane.data + std::min(top + k, plane.height - 1) * plane.stride + left;
        if (inside < columns) {
            std::memcpy(rows.padded[k], rows.row[k], static_cast<std::size_t>(inside));
            std::memset(rows.padded[k] + inside, rows.row[k][inside - 1],
                        static_cast<std::size_t>(columns - inside));
            rows.row[k] = rows.padded[k];
        }
    }
}

/// Asks for what the squares below need: a frame comes from memory, and the processor's own guesses end with
/// each row.
template <int factor>
POSED_INLINE void fetch_below(const PlaneView& plane, int top, int left) {
    for (int k = factor; k < 2 * factor; ++k) {
        const std::uint8_t* row = plane.data + std::min(top + k, plane.height - 1) * plane.stride + left;
        for (int i = 0; i < reduced_block * factor; i += line_bytes)
            __builtin_prefetch(row + i);
    }
}

/// Sums of neighbours until one is left per square, then their average, rounded.
template <int factor, int columns>
POSED_INLINE void average(const std::uint16_t* sums, std::uint8_t* out) {
    if constexpr (columns == reduced_block) {
        constexpr unsigned area = factor * factor;
        for (int x = 0; x < columns; ++x)
            out[x] = static_cast<std::uint8_t>((sums[x] + area / 2) / area);
    } else {
        alignas(64) std::uint16_t halved[columns / 2];
        for (int x = 0; x < columns / 2; ++x)
            halved[x] = static_cast<std::uint16_t>(sums[2 * x] + sums[2 * x + 1]);
        average<factor, columns / 2>(halved, out);
    }
}

template <int factor>
POSED_INLINE void reduce_by(const PlaneView& plane, const Reduction& reduction, std::uint8_t* out,
                            std::ptrdiff_t stride) {
    constexpr int columns = reduced_block * factor;
    Rows<factor> rows;
    alignas(64) std::uint16_t sums[columns];
    alignas(64) std::uint8_t averages[reduced_block];
    for (int y = 0; y < reduction.height; ++y, out += stride) {
        for (int x = 0; x < reduction.width; x += reduced_block) {
            const int top = (reduction.top + y) * factor, left = (reduction.left + x) * factor;
            fetch_below<factor>(plane, top, left);
            find_rows(plane, top, left, rows);
            for (int i = 0; i < columns; ++i) {
                unsigned sum = 0;
                for (int k = 0; k < factor; ++k)
                    sum += rows.row[k][i];
                sums[i] = static_cast<std::uint16_t>(sum);
            }
            average<factor, columns>(sums, averages);
            std::memcpy(out + x, averages,
                        static_cast<std::size_t>(std::min(reduced_block, reduction.width - x)));
        }
    }
}

POSED_INLINE void reduce_body(const PlaneView& plane, const Reduction& reduction, std::uint8_t* out,
                              std::ptrdiff_t stride) {
    switch (reduction.level) {
        case 1:
            return reduce_by<2>(plane, reduction, out, stride);
        case 2:
            return reduce_by<4>(plane, reduction, out, stride);
        case 3:
            return reduce_by<8>(plane, reduction, out, stride);
        default:
            return reduce_by<16>(plane, reduction, out, stride);
    }
}

void sample_row_portable(const RowTask& task, std::span<float> rgb) {
    sample_row_body(task, rgb);
}

void reduce_portable(const PlaneView& plane, const Reduction& reduction, std::uint8_t* out,
                     std::ptrdiff_t stride) {
    reduce_body(plane, reduction, out, stride);
}

constexpr Kernels portable{sample_row_portable, reduce_portable};

#ifdef __x86_64__
[[gnu::target("avx2")]] void sample_row_avx2(const RowTask& task, std::span<float> rgb) {
    sample_row_body(task, rgb);
}

[[gnu::target("avx2")]] void reduce_avx2(const PlaneView& plane, const Reduction& reduction,
                                         std::uint8_t* out, std::ptrdiff_t stride) {
    reduce_body(plane, reduction, out, stride);
}

constexpr Kernels avx2{sample_row_avx2, reduce_avx2};
#endif

}  // namespace

RgbFromYuv rgb_from_yuv(const ColourEncoding& encoding) noexcept {
    double red = 0.299, blue = 0.114;  // the weights of R' and B' in Y'
    if (encoding.matrix == ColourMatrix::bt709)
        red = 0.2126, blue = 0.0722;
    else if (encoding.matrix == ColourMatrix::bt2020)
        red = 0.2627, blue = 0.0593;
    const double green = 1 - red - blue;
    const bool limited = encoding.range == ColourRange::limited;
    const double black = limited ? 16 : 0, luma = 1 / (limited ? 219.0 : 255.0);
    const double chroma = 1 / (limited ? 224.0 : 255.0);
    const double red_cr = 2 * (1 - red) * chroma, blue_cb = 2 * (1 - blue) * chroma;
    const double green_cb = -blue_cb * blue / green, green_cr = -red_cr * red / green;
    return {.luma = static_cast<float>(luma),
            .red_cr = static_cast<float>(red_cr),
            .green_cb = static_cast<float>(green_cb),
            .green_cr = static_cast<float>(green_cr),
            .blue_cb = static_cast<float>(blue_cb),
            .red = static_cast<float>(-black * luma - 128 * red_cr),
            .green = static_cast<float>(-black * luma - 128 * (green_cb + green_cr)),
            .blue = static_cast<float>(-black * luma - 128 * blue_cb)};
}

const Kernels& portable_kernels() noexcept {
    return portable;
}

const Kernels& fastest_kernels() noexcept {
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx2"))
        return avx2;
#endif
    return portable;
}

}  // namespace posed::estimation
