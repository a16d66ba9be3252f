#include "estimation/sampling_kernels.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace posed::estimation {
namespace {

static_assert(std::endian::native == std::endian::little,
              "two neighbouring samples are loaded as one number");

// Everything below is inlined into one function per instruction set; the loops are written to be vectorised.
#define POSED_INLINE [[gnu::always_inline]] inline

constexpr int block = 64;

/// The upper left of the four samples around each pixel of a block, and how far it lies from there.
struct Positions {
    alignas(64) std::int32_t x[block];
    alignas(64) std::int32_t y[block];
    alignas(64) float fraction_x[block];
    alignas(64) float fraction_y[block];
};

/// The samples around: of each row, the left one in the low byte and the right one in the high byte.
struct Neighbours {
    alignas(64) std::uint16_t upper[block];
    alignas(64) std::uint16_t lower[block];
};

/// Cutting the coordinate to the plane is the same as repeating its outermost samples.
POSED_INLINE void place(double first, double step, int begin, int samples, std::int32_t* index,
                        float* fraction) {
    const double last = samples - 1;
    const std::int32_t last_pair = samples > 1 ? samples - 2 : 0;
    for (int i = 0; i < block; ++i) {
        const double wanted = first + step * static_cast<double>(begin + i);
        const double positive = wanted > 0 ? wanted : 0;
        const double cut = positive < last ? positive : last;
        const auto whole = static_cast<std::int32_t>(cut);
        const std::int32_t lower = whole < last_pair ? whole : last_pair;
        index[i] = lower;
        fraction[i] = static_cast<float>(cut - static_cast<double>(lower));
    }
}

POSED_INLINE void locate(const Line& line, int begin, const PlaneView& plane, Positions& positions) {
    place(line.x, line.step_x, begin, plane.width, positions.x, positions.fraction_x);
    place(line.y, line.step_y, begin, plane.height, positions.y, positions.fraction_y);
}

POSED_INLINE void fetch(const PlaneView& plane, const Positions& positions, Neighbours& neighbours) {
    const std::ptrdiff_t next_row = plane.height > 1 ? plane.stride : 0;
    for (int i = 0; i < block; ++i) {
        const std::uint8_t* sample = plane.data + positions.y[i] * plane.stride + positions.x[i];
        std::memcpy(&neighbours.upper[i], sample, 2);
        std::memcpy(&neighbours.lower[i], sample + next_row, 2);
    }
}

POSED_INLINE float between(std::uint32_t pair, float fraction) {
    const auto left = static_cast<float>(static_cast<std::int32_t>(pair & 255));
    const auto right = static_cast<float>(static_cast<std::int32_t>(pair >> 8));
    return left + (right - left) * fraction;
}

POSED_INLINE void interpolate(const Neighbours& neighbours, const Positions& positions, float* values) {
    for (int i = 0; i < block; ++i) {
        const float upper = between(neighbours.upper[i], positions.fraction_x[i]);
        const float lower = between(neighbours.lower[i], positions.fraction_x[i]);
        values[i] = upper + (lower - upper) * positions.fraction_y[i];
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

/// Adds up the columns of the rows of one output row.
POSED_INLINE void add_rows(const PlaneView& plane, int first_row, int rows, int left, int columns,
                           std::uint16_t* sums) {
    std::memset(sums, 0, static_cast<std::size_t>(columns) * sizeof *sums);
    const int inside = std::min(columns, plane.width - left);
    for (int k = 0; k < rows; ++k) {
        const std::uint8_t* row =
            plane.data + std::min(first_row + k, plane.height - 1) * plane.stride + left;
        for (int x = 0; x < inside; ++x)
            sums[x] = static_cast<std::uint16_t>(sums[x] + row[x]);
    }
    std::fill(sums + inside, sums + columns, sums[inside - 1]);
}

POSED_INLINE void reduce_body(const PlaneView& plane, const Reduction& reduction,
                              std::span<std::uint16_t> sums, std::uint8_t* out, std::ptrdiff_t stride) {
    const int factor = 1 << reduction.level;
    for (int y = 0; y < reduction.height; ++y) {
        int columns = reduction.width * factor;
        add_rows(plane, (reduction.top + y) * factor, factor, reduction.left * factor, columns, sums.data());
        std::uint16_t* sum = sums.data();
        for (int level = 0; level < reduction.level; ++level) {
            columns /= 2;
            for (int x = 0; x < columns; ++x)
                sum[x] = static_cast<std::uint16_t>(sum[2 * x] + sum[2 * x + 1]);
        }
        const unsigned shift = 2U * static_cast<unsigned>(reduction.level);
        const unsigned half = 1U << (shift - 1);
        for (int x = 0; x < columns; ++x)
            out[x] = static_cast<std::uint8_t>((sum[x] + half) >> shift);
        out += stride;
    }
}

void sample_row_portable(const RowTask& task, std::span<float> rgb) {
    sample_row_body(task, rgb);
}

void reduce_portable(const PlaneView& plane, const Reduction& reduction, std::span<std::uint16_t> sums,
                     std::uint8_t* out, std::ptrdiff_t stride) {
    reduce_body(plane, reduction, sums, out, stride);
}

constexpr Kernels portable{sample_row_portable, reduce_portable};

#ifdef __x86_64__
[[gnu::target("avx2")]] void sample_row_avx2(const RowTask& task, std::span<float> rgb) {
    sample_row_body(task, rgb);
}

[[gnu::target("avx2")]] void reduce_avx2(const PlaneView& plane, const Reduction& reduction,
                                         std::span<std::uint16_t> sums, std::uint8_t* out,
                                         std::ptrdiff_t stride) {
    reduce_body(plane, reduction, sums, out, stride);
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
