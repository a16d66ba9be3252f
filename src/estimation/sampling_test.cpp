#include "estimation/sampling.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace posed::estimation {
namespace {

/// A picture of random blocks and noise: sharp edges everywhere.
struct Picture {
    std::array<std::vector<std::uint8_t>, 3> samples;
    FrameView view;
};

Picture make_picture(Size coded, int shift_x, int shift_y, ColourEncoding colour, std::uint_fast32_t seed) {
    std::mt19937 random(seed);
    Picture picture;
    for (std::size_t i = 0; i < 3; ++i) {
        const int width = i == 0 ? coded.width : (coded.width + (1 << shift_x) - 1) >> shift_x;
        const int height = i == 0 ? coded.height : (coded.height + (1 << shift_y) - 1) >> shift_y;
        // Exactly as long as the samples: a sanitizer sees every step beyond.
        const int stride = width + 3;
        picture.samples[i].resize(static_cast<std::size_t>(stride * (height - 1) + width));
        for (auto& sample : picture.samples[i])
            sample = static_cast<std::uint8_t>(random() % 4 == 0 ? random() % 256 : (random() % 2) * 255);
        picture.view.planes[i] = {picture.samples[i].data(), stride, width, height};
    }
    picture.view.chroma_shift_x = shift_x;
    picture.view.chroma_shift_y = shift_y;
    picture.view.colour = colour;
    picture.view.displayed = coded;
    return picture;
}

/// A plane halved `level` times, as the header words it.
double reduced_sample(const PlaneView& plane, int level, int x, int y) {
    if (level == 0)
        return plane.data[y * plane.stride + x];
    const int factor = 1 << level;
    double sum = 0;
    for (int dy = 0; dy < factor; ++dy) {
        for (int dx = 0; dx < factor; ++dx)
            sum += plane.data[std::min(y * factor + dy, plane.height - 1) * plane.stride +
                              std::min(x * factor + dx, plane.width - 1)];
    }
    return std::floor(sum / (factor * factor) + 0.5);
}

/// Bilinear at (x, y), edges at integers, in double precision.
double interpolated(const PlaneView& plane, int level, double x, double y) {
    const int factor = 1 << level;
    const int width = (plane.width + factor - 1) / factor, height = (plane.height + factor - 1) / factor;
    const double u = x / factor - 0.5, v = y / factor - 0.5;
    const auto at = [&](double column, double row) {
        return reduced_sample(plane, level, static_cast<int>(std::clamp(column, 0.0, width - 1.0)),
                              static_cast<int>(std::clamp(row, 0.0, height - 1.0)));
    };
    const double left = std::floor(u), top = std::floor(v), a = u - left, b = v - top;
    return (at(left, top) * (1 - a) + at(left + 1, top) * a) * (1 - b) +
           (at(left, top + 1) * (1 - a) + at(left + 1, top + 1) * a) * b;
}

int expected_level(double shrink) {
    int level = 0;
    for (; shrink > 4 && level < 4; shrink /= 2)
        ++level;
    return level;
}

std::array<double, 3> to_rgb(const ColourEncoding& colour, double y, double cb, double cr) {
    const bool limited = colour.range == ColourRange::limited;
    const double red = colour.matrix == ColourMatrix::bt601   ? 0.299
                       : colour.matrix == ColourMatrix::bt709 ? 0.2126
                                                              : 0.2627;
    const double blue = colour.matrix == ColourMatrix::bt601   ? 0.114
                        : colour.matrix == ColourMatrix::bt709 ? 0.0722
                                                               : 0.0593;
    const double luma = limited ? (y - 16) / 219 : y / 255;
    const double pb = (cb - 128) / (limited ? 224 : 255), pr = (cr - 128) / (limited ? 224 : 255);
    const double r = luma + 2 * (1 - red) * pr, b = luma + 2 * (1 - blue) * pb;
    const double g = (luma - red * r - blue * b) / (1 - red - blue);
    return {std::clamp(r, 0.0, 1.0), std::clamp(g, 0.0, 1.0), std::clamp(b, 0.0, 1.0)};
}

/// The whole formula again, by itself.
std::array<double, 3> expected_pixel(const FrameView& frame, const Region& region, int side, int i, int j) {
    const double u = (i + 0.5) / side - 0.5, v = (j + 0.5) / side - 0.5;
    const double c = std::cos(region.rotation), s = std::sin(region.rotation);
    const double shown_x = region.center_x + region.side * (c * u - s * v);
    const double shown_y = region.center_y + region.side * (s * u + c * v);
    const Affine& map = frame.coded_from_displayed;
    const double x = map.xx * shown_x + map.xy * shown_y + map.x0;
    const double y = map.yx * shown_x + map.yy * shown_y + map.y0;
    const double stretch = std::sqrt(std::abs(map.xx * map.yy - map.xy * map.yx));
    const double shrink = region.side / side * stretch;
    const int shift_x = frame.chroma_shift_x, shift_y = frame.chroma_shift_y;
    const double quarter_x = shift_x > 0 && frame.colour.siting != ChromaSiting::center ? 0.25 : 0;
    const double quarter_y = shift_y > 0 && frame.colour.siting == ChromaSiting::top_left ? 0.25 : 0;
    const double chroma_x = x / (1 << shift_x) + quarter_x, chroma_y = y / (1 << shift_y) + quarter_y;
    const int chroma_level = expected_level(shrink / std::sqrt(double(1 << shift_x) * (1 << shift_y)));
    return to_rgb(frame.colour, interpolated(frame.planes[0], expected_level(shrink), x, y),
                  interpolated(frame.planes[1], chroma_level, chroma_x, chroma_y),
                  interpolated(frame.planes[2], chroma_level, chroma_x, chroma_y));
}

double worst_difference(const FrameView& frame, const Region& region, int side) {
    FrameSource source;
    source.show(frame);
    const CropShape shape{.side = side};
    std::vector<float> crop(shape.values());
    sample_crop(source, region, shape, crop);
    double worst = 0;
    for (int j = 0; j < side; ++j) {
        for (int i = 0; i < side; ++i) {
            const auto wanted = expected_pixel(frame, region, side, i, j);
            for (std::size_t c = 0; c < 3; ++c) {
                const auto got = crop[static_cast<std::size_t>((j * side + i) * 3) + c];
                worst = std::max(worst, std::abs(got - wanted[c]) * 255);
            }
        }
    }
    return worst;
}

constexpr double level_tolerance = 0.05;

TEST(FrameSource, FollowsItsFormulaForEveryEncoding) {
    std::uint_fast32_t seed = 0;
    for (const auto matrix : {ColourMatrix::bt601, ColourMatrix::bt709, ColourMatrix::bt2020})
        for (const auto range : {ColourRange::limited, ColourRange::full})
            for (const auto siting : {ChromaSiting::left, ChromaSiting::center, ChromaSiting::top_left})
                for (const auto& [shift_x, shift_y] : {std::pair{1, 1}, {1, 0}, {0, 0}}) {
                    const auto picture =
                        make_picture({160, 120}, shift_x, shift_y, {matrix, range, siting}, ++seed);
                    const Region region{.center_x = 70,
                                        .center_y = 66,
                                        .side = 91,
                                        .rotation = 0.3 * static_cast<double>(seed)};
                    EXPECT_LE(worst_difference(picture.view, region, 70), level_tolerance) << seed;
                }
}

TEST(FrameSource, FollowsItsFormulaAtEverySizeAndPlace) {
    std::mt19937 random(7);
    std::uniform_real_distribution<double> unit(-1, 1);
    for (int k = 0; k < 60; ++k) {
        const Size size{3 + static_cast<int>(random() % 300), 3 + static_cast<int>(random() % 300)};
        const auto picture = make_picture(size, 1, 1, {}, random());
        const Region region{.center_x = size.width * (0.5 + unit(random)),
                            .center_y = size.height * (0.5 + unit(random)),
                            .side = std::exp2(4 + 4 * unit(random)) * 5,
                            .rotation = std::numbers::pi * unit(random)};
        EXPECT_LE(worst_difference(picture.view, region, 40), level_tolerance) << k;
    }
}

TEST(FrameSource, FollowsItsFormulaOnLargePictures) {
    const auto picture = make_picture({4096, 2160}, 1, 1, {}, 5);
    for (const double side : {100.0, 700.0, 2000.0, 9000.0}) {
        const Region region{.center_x = 3900.3, .center_y = 2011.7, .side = side, .rotation = 0.01};
        EXPECT_LE(worst_difference(picture.view, region, 64), level_tolerance) << side;
    }
}

TEST(FrameSource, SeesTurnedMirroredAndStretchedPicturesUpright) {
    auto picture = make_picture({200, 120}, 1, 1, {}, 11);
    const Affine quarter_turn{.xx = 0, .xy = 1, .x0 = 0, .yx = -1, .yy = 0, .y0 = 120};
    const Affine mirror{.xx = -1, .x0 = 200};
    const Affine wide_pixels{.xx = 0.75};
    for (const auto& [map, shown] :
         {std::pair{quarter_turn, Size{120, 200}}, {mirror, Size{200, 120}}, {wide_pixels, Size{266, 120}}}) {
        picture.view.coded_from_displayed = map;
        picture.view.displayed = shown;
        const Region region{.center_x = 60, .center_y = 70, .side = 110, .rotation = 0.2};
        EXPECT_LE(worst_difference(picture.view, region, 96), level_tolerance);
    }
}

TEST(FrameSource, SurvivesTinyPicturesAndAbsurdRegions) {
    const double infinity = std::numeric_limits<double>::infinity();
    const double nan = std::numeric_limits<double>::quiet_NaN();
    FrameSource source;
    const CropShape shape{.side = 17};
    std::vector<float> crop(shape.values());
    for (const Size size : {Size{1, 1}, {2, 2}, {1, 40}, {40, 1}, {32, 18}, {3, 3}}) {
        const auto picture = make_picture(size, 1, 1, {}, 3);
        source.show(picture.view);
        for (const double center : {0.0, -1e5, 1e300, nan, infinity}) {
            for (const double side : {0.0, 1.0, 1e5, 1e300, nan, infinity}) {
                sample_crop(source, {center, 1, side, 0.1}, shape, crop);
                EXPECT_TRUE(std::ranges::all_of(crop, [](float v) { return v >= 0 && v <= 1; }));
            }
        }
        EXPECT_LE(worst_difference(picture.view, {0.6, 0.7, 5.0, 0.4}, 17), level_tolerance) << size.width;
    }
}

TEST(FrameSource, IsTheSameBitsOnEveryProcessor) {
    const auto picture = make_picture({321, 243}, 1, 1, {}, 9);
    const RowTask task{.luma = picture.view.planes[0],
                       .luma_line = {-3, 5, 1.37, 0.41},
                       .chroma = {picture.view.planes[1], picture.view.planes[2]},
                       .chroma_line = {-1.5, 2.5, 0.685, 0.205},
                       .colour = rgb_from_yuv({}),
                       .later_luma_line = {-3, 11, 1.37, 0.41},
                       .later_chroma_line = {-1.5, 5.5, 0.685, 0.205}};
    std::vector<float> portable(256 * 3), fastest(256 * 3);
    portable_kernels().sample_row(task, portable);
    fastest_kernels().sample_row(task, fastest);
    EXPECT_EQ(portable, fastest);
    const Reduction reduction{.level = 2, .left = 10, .top = 7, .width = 71, .height = 54};
    std::vector<std::uint8_t> one(71 * 54), other(71 * 54);
    portable_kernels().reduce(picture.view.planes[0], reduction, one.data(), 71);
    fastest_kernels().reduce(picture.view.planes[0], reduction, other.data(), 71);
    EXPECT_EQ(one, other);
}

TEST(SampleCrop, ShowsBlackBeyondThePictureWhereAsked) {
    const std::vector<std::uint8_t> white(6 * 4 * 3, 255);
    Rgb24Source source(white.data(), 18, {6, 4});
    const CropShape shape{.side = 12, .border = Border::black, .low = -1, .high = 1};
    std::vector<float> crop(shape.values());
    sample_crop(source, {.center_x = 3, .center_y = 2, .side = 12}, shape, crop);
    for (int j = 0; j < 12; ++j) {
        for (int i = 0; i < 12; ++i) {
            const bool inside = i >= 3 && i < 9 && j >= 4 && j < 8;
            EXPECT_EQ(crop[static_cast<std::size_t>((j * 12 + i) * 3)], inside ? 1.0F : -1.0F)
                << i << ' ' << j;
        }
    }
}

}  // namespace
}  // namespace posed::estimation
