#include "media/tone_map.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace posed::media {
namespace {

TEST(ToneMap, KeepsBlackGreyAndOrder) {
    for (const auto transfer : {TransferFunction::pq, TransferFunction::hlg}) {
        const auto black = tone_map({.y = 0, .cb = 0, .cr = 0}, transfer);
        EXPECT_NEAR(black.y, 0, 1e-6);
        double last = -1;
        for (int i = 0; i <= 100; ++i) {
            const auto grey = tone_map({.y = i / 100.0, .cb = 0, .cr = 0}, transfer);
            EXPECT_GE(grey.y, last);
            EXPECT_LE(grey.y, 1 + 1e-9);
            EXPECT_NEAR(grey.cb, 0, 1e-3);
            EXPECT_NEAR(grey.cr, 0, 1e-3);
            last = grey.y;
        }
        EXPECT_NEAR(last, 1, 1e-6);
    }
}

TEST(ToneMap, MapsThePeakToWhite) {
    // PQ code of 1000 cd/m2: 0.7518 (ST 2084).
    EXPECT_NEAR(tone_map({.y = 0.7518, .cb = 0, .cr = 0}, TransferFunction::pq).y, 1, 0.002);
    EXPECT_LT(tone_map({.y = 0.70, .cb = 0, .cr = 0}, TransferFunction::pq).y, 0.96);
}

/// Blocks of 2x2 samples of one colour: R', G', B' around a random grey up to 1000 cd/m2, `spread` each way.
struct Blocks {
    Blocks(int count, double spread) : luma(4 * count), cb(count), cr(count), exact(count) {
        std::mt19937 random(11);  // NOLINT: the same colours in every run
        std::uniform_real_distribution<double> part(0, 1);
        const auto width = 2 * static_cast<std::size_t>(count);
        for (std::size_t i = 0; i < width / 2; ++i) {
            const double grey = 0.75 * part(random);
            const auto value = [&] { return std::clamp(grey + spread * (2 * part(random) - 1), 0.0, 0.75); };
            const double r = value(), g = value(), b = value();
            const double y = 0.2627 * r + 0.6780 * g + 0.0593 * b;
            const auto code = static_cast<std::uint16_t>(std::lround(64 + 876 * y));
            luma[2 * i] = luma[2 * i + 1] = luma[width + 2 * i] = luma[width + 2 * i + 1] = code;
            cb[i] = static_cast<std::uint16_t>(std::lround(512 + 896 * (b - y) / 1.8814));
            cr[i] = static_cast<std::uint16_t>(std::lround(512 + 896 * (r - y) / 1.4746));
            exact[i] =
                tone_map({.y = (code - 64) / 876.0, .cb = (cb[i] - 512) / 896.0, .cr = (cr[i] - 512) / 896.0},
                         TransferFunction::pq);
        }
    }

    std::vector<std::uint16_t> luma, cb, cr;
    std::vector<Components> exact;
};

TEST(ToneMap, TableStaysNearItsDefinition) {
    constexpr int count = 4000;
    const Blocks blocks(count, 0.1);
    std::vector<std::uint8_t> luma(4 * count), cb(count), cr(count);
    const ToneMap map(TransferFunction::pq, ColourRange::limited);
    map.apply({.planes = {blocks.luma.data(), blocks.cb.data(), blocks.cr.data()},
               .strides = {2 * count, count, count},
               .size = {2 * count, 2}},
              {.planes = {luma.data(), cb.data(), cr.data()}, .strides = {2 * count, count, count}});
    double sum = 0;
    int far = 0;
    for (std::size_t i = 0; i < count; ++i) {
        const auto& exact = blocks.exact[i];
        for (const double error : {luma[2 * i] - (16 + 219 * exact.y), cb[i] - (128 + 224 * exact.cb),
                                   cr[i] - (128 + 224 * exact.cr)}) {
            sum += std::abs(error);
            far += std::abs(error) > 3 ? 1 : 0;
        }
    }
    // Dither alone makes about 0.3. Far off are colours at the edge of BT.709, where the definition has a
    // kink.
    EXPECT_LT(sum / (3 * count), 1.0);
    EXPECT_LT(far, 3 * count * 6 / 100);
}

TEST(ToneMap, DitherKeepsTheMean) {
    constexpr int side = 64;
    std::vector<std::uint16_t> luma(side * side), chroma(side * side / 4, 512);
    for (int y = 0; y < side; ++y) {
        for (int x = 0; x < side; ++x)
            luma[static_cast<std::size_t>(y * side + x)] = 500;
    }
    std::vector<std::uint8_t> out(side * side), cb(side * side / 4), cr(side * side / 4);
    const ToneMap map(TransferFunction::pq, ColourRange::limited);
    map.apply({.planes = {luma.data(), chroma.data(), chroma.data()},
               .strides = {side, side / 2, side / 2},
               .size = {side, side}},
              {.planes = {out.data(), cb.data(), cr.data()}, .strides = {side, side / 2, side / 2}});
    double mean = 0;
    for (const auto value : out)
        mean += value / static_cast<double>(out.size());
    const double exact =
        16 + 219 * tone_map({.y = (500 - 64) / 876.0, .cb = 0, .cr = 0}, TransferFunction::pq).y;
    EXPECT_NEAR(mean, exact, 0.1);
    EXPECT_LE(*std::max_element(out.begin(), out.end()) - *std::min_element(out.begin(), out.end()), 1);
}

}  // namespace
}  // namespace posed::media
