#include "media/turn.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

namespace posed::media {
namespace {

/// Rows of samples at a distance that may be negative: a plane seen upside down starts at its last row.
template <class Sample>
struct Rows {
    Sample* first;
    std::ptrdiff_t stride;

    [[nodiscard]] Sample* at(std::ptrdiff_t row) const noexcept { return first + row * stride; }
};

using Source = Rows<const std::uint8_t>;
using Target = Rows<std::uint8_t>;

constexpr int block = 8;
/// A tile's rows in both planes stay in the first-level cache while its blocks are written.
constexpr int tile = 64;

/// Swaps the part of `high` under `mask` with the part of `low` under `mask << shift`.
constexpr void exchange(std::uint64_t& low, std::uint64_t& high, int shift, std::uint64_t mask) noexcept {
    const std::uint64_t difference = ((low >> shift) ^ high) & mask;
    high ^= difference;
    low ^= difference << shift;
}

/// Eight rows of eight samples become eight columns: halves, quarters and single samples change places.
void transpose_block(const std::uint8_t* source, std::ptrdiff_t source_stride, std::uint8_t* target,
                     std::ptrdiff_t target_stride) noexcept {
    static_assert(std::endian::native == std::endian::little);
    std::array<std::uint64_t, block> rows{};
    for (std::size_t i = 0; i < block; ++i)
        std::memcpy(&rows[i], source + static_cast<std::ptrdiff_t>(i) * source_stride, block);
    for (std::size_t i = 0; i < 4; ++i)
        exchange(rows[i], rows[i + 4], 32, 0x00000000FFFFFFFFULL);
    for (const std::size_t i : {0, 1, 4, 5})
        exchange(rows[i], rows[i + 2], 16, 0x0000FFFF0000FFFFULL);
    for (const std::size_t i : {0, 2, 4, 6})
        exchange(rows[i], rows[i + 1], 8, 0x00FF00FF00FF00FFULL);
    for (std::size_t i = 0; i < block; ++i)
        std::memcpy(target + static_cast<std::ptrdiff_t>(i) * target_stride, &rows[i], block);
}

void transpose_samples(const Source& source, const Target& target, int x0, int x1, int y0, int y1) noexcept {
    for (int y = y0; y < y1; ++y)
        for (int x = x0; x < x1; ++x)
            target.at(x)[y] = source.at(y)[x];
}

void transpose_tile(const Source& source, const Target& target, int x0, int x1, int y0, int y1) noexcept {
    const int x_blocks_end = x0 + (x1 - x0) / block * block;
    const int y_blocks_end = y0 + (y1 - y0) / block * block;
    for (int y = y0; y < y_blocks_end; y += block)
        for (int x = x0; x < x_blocks_end; x += block)
            transpose_block(source.at(y) + x, source.stride, target.at(x) + y, target.stride);
    transpose_samples(source, target, x_blocks_end, x1, y0, y1);
    transpose_samples(source, target, x0, x_blocks_end, y_blocks_end, y1);
}

/// `width` and `height` are the source's.
void transpose(const Source& source, const Target& target, int width, int height) noexcept {
    for (int y = 0; y < height; y += tile)
        for (int x = 0; x < width; x += tile)
            transpose_tile(source, target, x, std::min(x + tile, width), y, std::min(y + tile, height));
}

void mirror_row(const std::uint8_t* from, std::uint8_t* to, int width) noexcept {
    int done = 0;
    for (; done + block <= width; done += block) {
        std::uint64_t samples = 0;
        std::memcpy(&samples, from + width - block - done, block);
        samples = __builtin_bswap64(samples);
        std::memcpy(to + done, &samples, block);
    }
    std::reverse_copy(from, from + width - done, to + done);
}

}  // namespace

void turn_plane(const PlaneView& coded, const Turn& turn, std::uint8_t* upright,
                std::ptrdiff_t stride) noexcept {
    Source source{coded.data, coded.stride};
    if (turn.flipped_y)
        source = {source.at(coded.height - 1), -source.stride};
    if (turn.transposed) {
        Target target{upright, stride};
        // The coded columns are the upright rows.
        if (turn.flipped_x)
            target = {target.at(coded.width - 1), -target.stride};
        transpose(source, target, coded.width, coded.height);
        return;
    }
    for (int y = 0; y < coded.height; ++y) {
        const auto* from = source.at(y);
        auto* to = upright + y * stride;
        if (turn.flipped_x)
            mirror_row(from, to, coded.width);
        else
            std::memcpy(to, from, static_cast<std::size_t>(coded.width));
    }
}

}  // namespace posed::media
