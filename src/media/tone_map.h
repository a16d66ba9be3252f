#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "domain/video.h"

namespace posed::media {

/// Ten-bit Y'CbCr 4:2:0, strides in samples.
struct TenBitPicture {
    std::array<const std::uint16_t*, 3> planes;
    std::array<std::ptrdiff_t, 3> strides;
    Size size;
};

struct EightBitPicture {
    std::array<std::uint8_t*, 3> planes;
    std::array<std::ptrdiff_t, 3> strides;
};

/// Y'CbCr as fractions: Y' 0..1, Cb and Cr -0.5..0.5.
struct Components {
    double y = 0, cb = 0, cr = 0;
};

/// From HDR (BT.2020 primaries and matrix) to SDR (BT.709). The definition, exactly: PQ by SMPTE ST 2084, HLG
/// by ITU-R BT.2100 on a screen of 1000 cd/m2; 203 cd/m2 is the white of a page (BT.2408); the brightest of
/// R, G, B goes through y = x (1 + x/p^2) / (1 + x) with p the peak of 1000 cd/m2, the others keep their
/// ratio to it; colours outside BT.709 are drawn towards the grey of their luminance; shown on a screen of
/// gamma 2.4.
[[nodiscard]] Components tone_map(const Components& hdr, TransferFunction transfer) noexcept;

/// The same for whole pictures, by a table over (Y', Cb, Cr) read by trilinear interpolation. Output is
/// limited range, rounded with ordered dither. Immutable after construction.
class ToneMap {
  public:
    ToneMap(TransferFunction transfer, ColourRange range);

    /// Sizes of `out` are those of `in`.
    void apply(const TenBitPicture& in, const EightBitPicture& out) const;

  private:
    struct Cell;

    [[nodiscard]] std::size_t place(int cb, int cr) const noexcept;
    [[nodiscard]] Cell cell_at(unsigned cb, unsigned cr) const noexcept;
    void map_block(const TenBitPicture& in, const EightBitPicture& out, int x, int y) const;

    /// Y', Cb, Cr of the result, 64 to a level, each for all Y' of a column of equal (Cb, Cr).
    std::vector<std::uint16_t> table_;
};

}  // namespace posed::media
