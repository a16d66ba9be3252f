#include "estimation/sam3dbody/crop_sampling.h"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

namespace posed::estimation::sam3dbody {
namespace {

/// Grey, full range, without subsampling: R, G and B are what Y says.
struct GreyPicture {
    explicit GreyPicture(Size size_of_it) : size(size_of_it), luma(pixels()), chroma(pixels(), 128) {
        for (int y = 0; y < size.height; ++y)
            for (int x = 0; x < size.width; ++x)
                luma[static_cast<std::size_t>(y * size.width + x)] = static_cast<std::uint8_t>(
                    std::lround(128 + 60 * std::sin(x / 7.0) + 60 * std::cos(y / 9.0)));
    }

    [[nodiscard]] std::size_t pixels() const { return static_cast<std::size_t>(size.width * size.height); }

    [[nodiscard]] FrameView view() const {
        FrameView view;
        view.planes = {plane(luma), plane(chroma), plane(chroma)};
        view.chroma_shift_x = view.chroma_shift_y = 0;
        view.colour = {.range = ColourRange::full, .siting = ChromaSiting::center};
        view.displayed = size;
        return view;
    }

    [[nodiscard]] std::vector<std::uint8_t> rgb() const {
        std::vector<std::uint8_t> rgb;
        for (const auto grey : luma)
            rgb.insert(rgb.end(), {grey, grey, grey});
        return rgb;
    }

    Size size;
    std::vector<std::uint8_t> luma, chroma;

  private:
    [[nodiscard]] PlaneView plane(const std::vector<std::uint8_t>& samples) const {
        return {samples.data(), size.width, size.width, size.height};
    }
};

/// Both ways to a crop look at the same places: half a pixel off would show as ten grey levels.
TEST(CropSampling, LooksWhereTheIntegerSchemeLooks) {
    const GreyPicture picture({640, 480});
    const auto rgb = picture.rgb();
    FrameSource source;
    const auto view = picture.view();
    source.show(view);
    for (const auto& profile : {upstream_profile, reference_profile}) {
        const auto placement = place_crop({260, 120, 380, 340}, picture.size, profile).value();
        const auto sampled = sample_placed_crop(source, placement, profile);
        std::vector<std::uint8_t> warped(
            static_cast<std::size_t>(profile.crop_width * profile.crop_height * 3));
        warp({rgb.data(), picture.size.width * 3, picture.size}, placement.crop_from_frame, profile.crop(),
             warped);
        double worst = 0, sum = 0;
        for (int y = 0; y < profile.crop_height; ++y)
            for (int x = 0; x < seen_columns; ++x) {
                const auto mine = sampled[static_cast<std::size_t>((y * seen_columns + x) * 3)];
                const auto theirs =
                    warped[static_cast<std::size_t>((y * profile.crop_width + x + removed_columns) * 3)];
                const double difference = static_cast<double>(mine) * 255 - theirs;
                worst = std::max(worst, std::abs(difference));
                sum += difference;
            }
        EXPECT_LT(worst, 1.5) << profile.name;
        EXPECT_LT(std::abs(sum) / (profile.crop_height * seen_columns), 0.1) << profile.name;
    }
}

TEST(CropSampling, IsBlackBeyondTheFrame) {
    const GreyPicture picture({320, 240});
    FrameSource source;
    const auto view = picture.view();
    source.show(view);
    const auto placement = place_crop({-100, -100, 60, 140}, picture.size, upstream_profile).value();
    const auto sampled = sample_placed_crop(source, placement, upstream_profile);
    const auto& map = placement.crop_from_frame;
    for (int y = 0; y < upstream_profile.crop_height; y += 7)
        for (int x = 0; x < seen_columns; x += 7) {
            const double frame_x = (x + removed_columns - map.x0) / map.xx, frame_y = (y - map.y0) / map.yy;
            const float value = sampled[static_cast<std::size_t>((y * seen_columns + x) * 3)];
            if (frame_x < -0.6 || frame_y < -0.6) {
                EXPECT_EQ(value, 0) << x << ' ' << y;
            } else if (frame_x > 0 && frame_y > 0) {
                EXPECT_GT(value, 0) << x << ' ' << y;
            }
        }
}

}  // namespace
}  // namespace posed::estimation::sam3dbody
