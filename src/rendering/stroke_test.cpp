#include "rendering/stroke.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

#include <gtest/gtest.h>

#include "rendering/canvas_test_support.h"

namespace posed::rendering {
namespace {

constexpr int side = 64;
constexpr Samples paint_colour{.luma = 255, .blue_difference = 255, .red_difference = 0};

double distance_to(const Stroke& stroke, double x, double y) {
    const double along_x = stroke.to.x - stroke.from.x;
    const double along_y = stroke.to.y - stroke.from.y;
    const double square = along_x * along_x + along_y * along_y;
    const double t =
        square > 0
            ? std::clamp(((x - stroke.from.x) * along_x + (y - stroke.from.y) * along_y) / square, 0.0, 1.0)
            : 0;
    return std::hypot(x - stroke.from.x - t * along_x, y - stroke.from.y - t * along_y);
}

/// The share of a pixel that a stroke covers, from 16 x 16 places in it.
double counted_share(const Stroke& stroke, int column, int row) {
    constexpr int steps = 16;
    const double from_centre = distance_to(stroke, column + 0.5, row + 0.5);
    if (std::abs(from_centre - stroke.radius) > 1 && (from_centre > 1 || stroke.radius > 2))
        return from_centre < stroke.radius ? 1 : 0;
    int inside = 0;
    for (int i = 0; i < steps * steps; ++i) {
        const double x = column + (i % steps + 0.5) / steps;
        const int line = i / steps;
        const double y = row + (line + 0.5) / steps;
        inside += distance_to(stroke, x, y) < stroke.radius ? 1 : 0;
    }
    return static_cast<double>(inside) / (steps * steps);
}

struct Errors {
    double largest = 0;
    double of_area = 0;
};

/// Paints white over black and compares every luma sample with the counted share, and every chroma sample
/// with the mean of its four.
Errors compare_with_counting(const Stroke& stroke) {
    Canvas canvas = filled_canvas({side, side}, {0, 128, 128});
    paint(canvas, std::array{stroke}, paint_colour);
    Errors errors;
    for (int row = 0; row < side; ++row)
        for (int column = 0; column < side; ++column) {
            const double painted = luma_at(canvas, column, row) / 255.0;
            const double counted = counted_share(stroke, column, row);
            errors.largest = std::max(errors.largest, std::abs(painted - counted));
            errors.of_area += painted - counted;
        }
    for (int row = 0; row < side; row += 2)
        for (int column = 0; column < side; column += 2) {
            const double mean = (luma_at(canvas, column, row) + luma_at(canvas, column + 1, row) +
                                 luma_at(canvas, column, row + 1) + luma_at(canvas, column + 1, row + 1)) /
                                (4 * 255.0);
            EXPECT_NEAR(chroma_at(canvas, 1, column / 2, row / 2), 128 + mean * (255 - 128), 1.1);
            EXPECT_NEAR(chroma_at(canvas, 2, column / 2, row / 2), 128 - mean * 128, 1.1);
        }
    return errors;
}

TEST(Stroke, LinesCoverWhatCountingFinds) {
    for (const double radius : {0.25, 0.5, 1.0, 1.5, 3.2})
        for (int step = 0; step < 24; ++step) {
            const double angle = step * std::numbers::pi / 12 + 0.03 * step;
            const Stroke stroke{.from = {31.3, 32.8},
                                .to = {31.3 + 22 * std::cos(angle), 32.8 + 22 * std::sin(angle)},
                                .radius = radius};
            const Errors errors = compare_with_counting(stroke);
            EXPECT_LT(errors.largest, radius < 1 ? 0.15 : 0.06) << "radius " << radius << ", angle " << angle;
            EXPECT_LT(std::abs(errors.of_area), 0.02 * (44 * radius) + 0.1) << "radius " << radius;
        }
}

TEST(Stroke, DiscsCoverWhatCountingFinds) {
    for (const double radius : {0.7, 1.5, 3.0, 4.5, 12.25})
        for (const double shift : {0.0, 0.25, 0.5, 0.8}) {
            const Place centre{30 + shift, 33.5 - shift / 2};
            const Errors errors = compare_with_counting({.from = centre, .to = centre, .radius = radius});
            EXPECT_LT(errors.largest, radius < 1 ? 0.15 : 0.05) << "radius " << radius;
            EXPECT_LT(std::abs(errors.of_area), 0.02 * std::numbers::pi * radius * radius + 0.08);
        }
}

TEST(Stroke, OverlapCountsOnce) {
    const Stroke one{.from = {5, 20}, .to = {40, 20}, .radius = 3, .opacity = 0.5};
    const Stroke other{.from = {40, 20}, .to = {40, 60}, .radius = 3, .opacity = 0.5};
    Canvas canvas = filled_canvas({side, side}, {0, 128, 128});
    paint(canvas, std::array{one, other, one}, {.luma = 200, .blue_difference = 128, .red_difference = 128});
    EXPECT_NEAR(luma_at(canvas, 20, 20), 100, 1);
    EXPECT_NEAR(luma_at(canvas, 40, 20), 100, 1);
    EXPECT_NEAR(luma_at(canvas, 40, 50), 100, 1);
}

/// What is drawn at a border is what the middle of a larger canvas shows.
TEST(Stroke, IsCutAtEveryBorder) {
    const std::array<Stroke, 4> strokes{{{.from = {-30.5, 10}, .to = {90, 50.3}, .radius = 2.5},
                                         {.from = {31, -200}, .to = {20.2, 400}, .radius = 1.5},
                                         {.from = {0, 0}, .to = {0, 0}, .radius = 5},
                                         {.from = {63.5, 64.5}, .to = {63.5, 64.5}, .radius = 7}}};
    for (const Stroke& stroke : strokes) {
        Canvas small = filled_canvas({side, side}, {40, 100, 160});
        Canvas large = filled_canvas({side * 16, side * 16}, {40, 100, 160});
        paint(small, std::array{stroke}, paint_colour);
        Stroke shifted = stroke;
        constexpr int shift = side * 8;
        shifted.from.x += shift;
        shifted.from.y += shift;
        shifted.to.x += shift;
        shifted.to.y += shift;
        paint(large, std::array{shifted}, paint_colour);
        int changed = 0;
        for (int row = 0; row < side; ++row)
            for (int column = 0; column < side; ++column) {
                EXPECT_NEAR(luma_at(small, column, row), luma_at(large, column + shift, row + shift), 1);
                EXPECT_NEAR(chroma_at(small, 1, column / 2, row / 2),
                            chroma_at(large, 1, (column + shift) / 2, (row + shift) / 2), 1);
                changed += luma_at(small, column, row) != 40 ? 1 : 0;
            }
        EXPECT_GT(changed, 10);
    }
}

TEST(Stroke, FarAwayAndAbsurdPlacesAreHarmless) {
    const double infinity = std::numeric_limits<double>::infinity();
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const double huge = std::numeric_limits<double>::max();
    const std::array unseen{Stroke{.from = {nan, 3}, .to = {5, 5}},
                            Stroke{.from = {3, 3}, .to = {infinity, 5}},
                            Stroke{.from = {3, 3}, .to = {5, 5}, .radius = nan},
                            Stroke{.from = {3, 3}, .to = {5, 5}, .radius = -1},
                            Stroke{.from = {3, 3}, .to = {5, 5}, .radius = 0},
                            Stroke{.from = {3, 3}, .to = {5, 5}, .radius = 1, .opacity = nan},
                            Stroke{.from = {1e9, 1e9}, .to = {2e9, 1e9}, .radius = 3},
                            Stroke{.from = {-1e30, -5}, .to = {1e30, -5}, .radius = 3},
                            Stroke{.from = {10, 1e300}, .to = {20, 1e300}, .radius = 3}};
    Canvas canvas = filled_canvas({side, side}, {40, 100, 160});
    const auto before = bytes_of(canvas);
    paint(canvas, unseen, paint_colour);
    EXPECT_EQ(bytes_of(canvas), before);

    paint(canvas, std::array{Stroke{.from = {-huge, -huge}, .to = {huge, huge}, .radius = 3}}, paint_colour);
    paint(canvas, std::array{Stroke{.from = {0, 0}, .to = {1, 1}, .radius = 1e300}}, paint_colour);
    EXPECT_EQ(luma_at(canvas, 63, 0), 255);

    Canvas crossed = filled_canvas({side, side}, {0, 128, 128});
    paint(crossed, std::array{Stroke{.from = {-1e15, 32}, .to = {1e15, 32}, .radius = 2}}, paint_colour);
    for (int column = 0; column < side; ++column) {
        EXPECT_EQ(luma_at(crossed, column, 31), 255);
        EXPECT_EQ(luma_at(crossed, column, 29), 0);
    }
}

TEST(Stroke, ColoursAreTheCanvassOwn) {
    const auto limited =
        samples_of({255, 0, 0}, {.matrix = ColourMatrix::bt709, .range = ColourRange::limited});
    EXPECT_EQ(limited.luma, 63);
    EXPECT_EQ(limited.blue_difference, 102);
    EXPECT_EQ(limited.red_difference, 240);
    const auto full = samples_of({255, 0, 0}, {.matrix = ColourMatrix::bt601, .range = ColourRange::full});
    EXPECT_EQ(full.luma, 76);
    EXPECT_EQ(full.blue_difference, 85);
    EXPECT_EQ(full.red_difference, 255);
    const auto white = samples_of({255, 255, 255}, {.matrix = ColourMatrix::bt2020});
    EXPECT_EQ(white.luma, 235);
    EXPECT_EQ(white.blue_difference, 128);
    EXPECT_EQ(white.red_difference, 128);
}

}  // namespace
}  // namespace posed::rendering
