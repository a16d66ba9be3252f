#include "media/scaler.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "media/reference_ffmpeg.h"
#include "tests/support/shared_data.h"

namespace posed::media {
namespace {

/// A picture with planes of its own, as a decoder would hand it out.
class Picture {
  public:
    Picture(Size size, int shift_x, int shift_y) {
        view_.chroma_shift_x = shift_x;
        view_.chroma_shift_y = shift_y;
        view_.displayed = size;
        for (std::size_t i = 0; i < 3; ++i) {
            const int w = i == 0 ? size.width : (size.width + (1 << shift_x) - 1) >> shift_x;
            const int h = i == 0 ? size.height : (size.height + (1 << shift_y) - 1) >> shift_y;
            const int stride = (w + 31) / 32 * 32 + 32;
            samples_[i].resize(static_cast<std::size_t>(stride) * static_cast<std::size_t>(h) + 64);
            view_.planes[i] = {.data = samples_[i].data(), .stride = stride, .width = w, .height = h};
        }
    }

    [[nodiscard]] FrameView& view() { return view_; }
    [[nodiscard]] std::uint8_t& at(std::size_t plane, int x, int y) {
        return samples_[plane][static_cast<std::size_t>(y * view_.planes[plane].stride + x)];
    }

    void fill(const std::function<double(std::size_t plane, int x, int y)>& value) {
        for (std::size_t i = 0; i < 3; ++i)
            for (int y = 0; y < view_.planes[i].height; ++y)
                for (int x = 0; x < view_.planes[i].width; ++x)
                    at(i, x, y) = static_cast<std::uint8_t>(std::lround(value(i, x, y)));
    }

    /// Takes the planes as `-f rawvideo` writes them.
    void fill_raw(const std::string& raw) {
        std::size_t next = 0;
        fill([&](std::size_t, int, int) { return static_cast<std::uint8_t>(raw.at(next++)); });
        EXPECT_EQ(next, raw.size());
    }

  private:
    std::array<std::vector<std::uint8_t>, 3> samples_;
    FrameView view_;
};

/// The eight ways a picture can lie: displayed (x, y) is shown by the coded place this gives.
Affine lying(int way, Size coded, Size displayed) {
    const bool transposed = (way & 1) != 0, flipped_x = (way & 2) != 0, flipped_y = (way & 4) != 0;
    const double across = transposed ? displayed.height : displayed.width;
    const double down = transposed ? displayed.width : displayed.height;
    const double sx = coded.width / across * (flipped_x ? -1 : 1);
    const double sy = coded.height / down * (flipped_y ? -1 : 1);
    return {.xx = transposed ? 0 : sx,
            .xy = transposed ? sx : 0,
            .x0 = flipped_x ? static_cast<double>(coded.width) : 0,
            .yx = transposed ? sy : 0,
            .yy = transposed ? 0 : sy,
            .y0 = flipped_y ? static_cast<double>(coded.height) : 0};
}

Point2 apply(const Affine& map, double x, double y) {
    return {static_cast<float>(map.xx * x + map.xy * y + map.x0),
            static_cast<float>(map.yx * x + map.yy * y + map.y0)};
}

std::uint8_t sample(const Canvas& canvas, int plane, int x, int y) {
    return canvas.plane(plane)[y * canvas.stride(plane) + x];
}

double noise(std::size_t plane, int x, int y) {
    return static_cast<double>((static_cast<unsigned>(x) * 2654435761U ^ static_cast<unsigned>(y) * 40503U ^
                                static_cast<unsigned>(plane) * 97U) >>
                                   7 &
                               255U);
}

double mean_difference(const Canvas& canvas, const std::string& raw, int plane) {
    const auto view = canvas.view();
    std::size_t next = 0;
    for (int i = 0; i < plane; ++i)
        next += static_cast<std::size_t>(view.planes[static_cast<std::size_t>(i)].width *
                                         view.planes[static_cast<std::size_t>(i)].height);
    const auto& shape = view.planes[static_cast<std::size_t>(plane)];
    double sum = 0;
    for (int y = 0; y < shape.height; ++y)
        for (int x = 0; x < shape.width; ++x)
            sum += std::abs(sample(canvas, plane, x, y) - static_cast<std::uint8_t>(raw.at(next++)));
    return sum / (shape.width * shape.height);
}

TEST(Scaler, AFrameOfTheRightShapeIsOnlyTurnedAllEightWaysExactly) {
    // Neither side is a multiple of the tiles and blocks in which planes are turned.
    const Size coded{150, 94};
    Picture picture(coded, 1, 1);
    picture.fill(&noise);
    Scaler scaler;
    for (int way = 0; way < 8; ++way) {
        const Size upright = (way & 1) != 0 ? Size{coded.height, coded.width} : coded;
        auto& view = picture.view();
        view.displayed = upright;
        view.coded_from_displayed = lying(way, coded, upright);
        Canvas canvas(upright, view.colour);
        ASSERT_TRUE(scaler.scale(view, canvas)) << way;
        for (int plane = 0; plane < 3; ++plane) {
            const int step = plane == 0 ? 1 : 2;
            for (int y = 0; y < upright.height / step; ++y)
                for (int x = 0; x < upright.width / step; ++x) {
                    const auto place = apply(view.coded_from_displayed, (x + 0.5) * step, (y + 0.5) * step);
                    ASSERT_EQ(sample(canvas, plane, x, y),
                              picture.at(static_cast<std::size_t>(plane), static_cast<int>(place.x) / step,
                                         static_cast<int>(place.y) / step))
                        << "way " << way << " plane " << plane << " at " << x << "," << y;
                }
        }
    }
}

struct Subsampling {
    int shift_x, shift_y;
};

/// The place of a chroma sample of a plane in the luma's pixel coordinates.
Point2 chroma_place(int x, int y, int shift_x, int shift_y, ChromaSiting siting) {
    const double left = (x << shift_x) + 0.5, top = (y << shift_y) + 0.5;
    const double middle_x = ((1 << shift_x) - 1) / 2.0, middle_y = ((1 << shift_y) - 1) / 2.0;
    return {static_cast<float>(left + (siting == ChromaSiting::center ? middle_x : 0)),
            static_cast<float>(top + (siting == ChromaSiting::top_left ? 0 : middle_y))};
}

struct RampCase {
    Subsampling subsampling;
    ChromaSiting siting;
    int way;  ///< of the eight ways to lie
};

double ramp(const Point2& place) {
    return 10 + 0.7 * static_cast<double>(place.x) + 0.7 * static_cast<double>(place.y);
}

constexpr Size ramp_size{200, 120};

Picture ramp_picture(const RampCase& kind, Size displayed) {
    const auto [shift_x, shift_y] = kind.subsampling;
    Picture picture(ramp_size, shift_x, shift_y);
    auto& view = picture.view();
    view.colour.siting = kind.siting;
    view.displayed = displayed;
    view.coded_from_displayed = lying(kind.way, ramp_size, displayed);
    picture.fill([&kind](std::size_t plane, int x, int y) {
        const auto& shifts = kind.subsampling;
        return ramp(plane == 0 ? chroma_place(x, y, 0, 0, ChromaSiting::top_left)
                               : chroma_place(x, y, shifts.shift_x, shifts.shift_y, kind.siting));
    });
    return picture;
}

/// Each sample of the result must have the ramp's value at its own place. The borders are left out, where no
/// kernel sees enough.
void expect_ramp(const Canvas& canvas, int plane, const FrameView& frame) {
    constexpr int border = 8;
    const int shift = plane == 0 ? 0 : 1;
    const double across = static_cast<double>(frame.displayed.width) / canvas.size().width;
    const double down = static_cast<double>(frame.displayed.height) / canvas.size().height;
    double sum = 0, worst = 0;
    int count = 0;
    for (int y = border; y < (canvas.size().height >> shift) - border; ++y)
        for (int x = border; x < (canvas.size().width >> shift) - border; ++x, ++count) {
            const auto place = chroma_place(x, y, shift, shift, ChromaSiting::left);
            const double error = sample(canvas, plane, x, y) -
                                 ramp(apply(frame.coded_from_displayed, place.x * across, place.y * down));
            sum += error;
            worst = std::max(worst, std::abs(error));
        }
    EXPECT_LT(worst, 1.1);
    // Half a luma sample off would be 0.35.
    EXPECT_LT(std::abs(sum / count), 0.2);
}

TEST(Scaler, RampsKeepTheirPlaceInEveryTurnSubsamplingAndSiting) {
    Scaler scaler;
    for (const auto& subsampling : {Subsampling{1, 1}, Subsampling{1, 0}, Subsampling{0, 0},
                                    Subsampling{0, 1}, Subsampling{2, 0}, Subsampling{2, 2}})
        for (const auto siting : {ChromaSiting::left, ChromaSiting::center, ChromaSiting::top_left})
            for (int way = 0; way < 8; ++way) {
                SCOPED_TRACE("way " + std::to_string(way) + " siting " +
                             std::to_string(static_cast<int>(siting)) + " subsampling " +
                             std::to_string(subsampling.shift_x) + std::to_string(subsampling.shift_y));
                const bool transposed = (way & 1) != 0;
                const Size displayed = transposed ? Size{ramp_size.height, ramp_size.width} : ramp_size;
                auto picture =
                    ramp_picture({.subsampling = subsampling, .siting = siting, .way = way}, displayed);
                Canvas canvas(transposed ? Size{80, 150} : Size{150, 80}, {});
                ASSERT_TRUE(scaler.scale(picture.view(), canvas));
                for (int plane = 0; plane < 3; ++plane)
                    expect_ramp(canvas, plane, picture.view());
            }
}

TEST(Scaler, FullRangeBecomesLimitedWithAndWithoutScaling) {
    const Size size{256, 64};
    Picture picture(size, 1, 1);
    picture.view().colour.range = ColourRange::full;
    picture.fill([](std::size_t plane, int x, int) { return plane == 0 ? x : 2 * x; });
    Scaler scaler;
    Canvas same(size, {}), half({128, 32}, {});
    ASSERT_TRUE(scaler.scale(picture.view(), same));
    ASSERT_TRUE(scaler.scale(picture.view(), half));
    for (int x = 0; x < 256; ++x)
        EXPECT_NEAR(sample(same, 0, x, 30), 16 + x * 219 / 255.0, 1) << x;
    for (int x = 0; x < 128; ++x)
        EXPECT_NEAR(sample(same, 1, x, 15), 128 + (2 * x - 128) * 224 / 255.0, 1.2) << x;
    for (int x = 4; x < 124; ++x)
        EXPECT_NEAR(sample(half, 0, x, 15), 16 + (2 * x + 0.5) * 219 / 255.0, 1.2) << x;
}

TEST(Scaler, AnotherMatrixKeepsTheColour) {
    // BT.601 red, limited range, and the same red in BT.709.
    Picture picture({64, 64}, 1, 1);
    picture.fill([](std::size_t plane, int, int) { return plane == 0 ? 81 : plane == 1 ? 90 : 240; });
    Canvas canvas({32, 32}, {.matrix = ColourMatrix::bt709});
    Scaler scaler;
    ASSERT_TRUE(scaler.scale(picture.view(), canvas));
    EXPECT_NEAR(sample(canvas, 0, 16, 16), 63, 1.5);
    EXPECT_NEAR(sample(canvas, 1, 8, 8), 102, 1.5);
    EXPECT_NEAR(sample(canvas, 2, 8, 8), 240, 1.5);
}

TEST(Scaler, AFootageFrameIsWhatFfmpegMakesOfIt) {
    const auto clip = tests::shared_data() / "footage/clips/juggling_man_720p24.mp4";
    POSED_NEEDS(clip);
    const auto frame = "-i " + in_quotes(clip.string()) + " -frames:v 1 ";
    Picture picture({1280, 720}, 1, 1);
    picture.fill_raw(ffmpeg(frame + "-f rawvideo -"));
    Scaler scaler;
    for (const Size size : {Size{640, 360}, Size{852, 480}, Size{320, 180}}) {
        Canvas canvas(size, {});
        ASSERT_TRUE(scaler.scale(picture.view(), canvas));
        const auto expected =
            ffmpeg(frame + "-vf scale=" + std::to_string(size.width) + ":" + std::to_string(size.height) +
                   ":flags=bicubic:in_h_chr_pos=0:in_v_chr_pos=128:out_h_chr_pos=0:out_v_chr_pos=128"
                   " -f rawvideo -");
        for (int plane = 0; plane < 3; ++plane)
            EXPECT_LT(mean_difference(canvas, expected, plane), 0.5) << size.width << " plane " << plane;
    }
}

TEST(Scaler, OddSizesAndFullChromaAreWhatFfmpegMakesOfThem) {
    const auto clip = tests::shared_data() / "footage/bad/unusual_odd_size_641x361_yuv444.mp4";
    POSED_NEEDS(clip);
    const auto frame = "-i " + in_quotes(clip.string()) + " -frames:v 1 ";
    Picture picture({641, 361}, 0, 0);
    picture.fill_raw(ffmpeg(frame + "-f rawvideo -"));
    Canvas canvas({640, 360}, {});
    Scaler scaler;
    ASSERT_TRUE(scaler.scale(picture.view(), canvas));
    const auto expected =
        ffmpeg(frame +
               "-vf scale=640:360:flags=bicubic:out_h_chr_pos=0:out_v_chr_pos=128,format=yuv420p"
               " -f rawvideo -");
    for (int plane = 0; plane < 3; ++plane)
        EXPECT_LT(mean_difference(canvas, expected, plane), 0.5) << plane;
}

TEST(Scaler, AStrongReductionIsTheMeanAndAnAbsurdOneIsRefused) {
    Picture picture({4000, 400}, 1, 1);
    picture.fill([](std::size_t, int x, int) { return x % 2 == 0 ? 80 : 120; });
    Scaler scaler;
    Canvas narrow({40, 4}, {}), absurd({2, 2}, {});
    ASSERT_TRUE(scaler.scale(picture.view(), narrow));
    EXPECT_NEAR(sample(narrow, 0, 20, 2), 100, 1);
    const auto refused = scaler.scale(picture.view(), absurd);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::invalid_argument);
}

TEST(Scaler, ASlantedPictureIsRefused) {
    Picture picture({64, 64}, 1, 1);
    const double c = std::sqrt(0.5);
    picture.view().coded_from_displayed = {.xx = c, .xy = -c, .x0 = 0, .yx = c, .yy = c, .y0 = 0};
    Canvas canvas({64, 64}, {});
    Scaler scaler;
    const auto refused = scaler.scale(picture.view(), canvas);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::unsupported_media);
    EXPECT_NE(refused.error().message.find("45 degrees"), std::string::npos) << refused.error().message;
}

}  // namespace
}  // namespace posed::media
