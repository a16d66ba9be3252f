#include "media/still.h"

#include <cmath>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "media/decoder.h"
#include "tests/support/pictures.h"
#include "tests/support/shared_data.h"
#include "tests/support/synthetic_clip.h"

namespace posed::media {
namespace {

using tests::RgbPicture;

RgbPicture still_of(const std::filesystem::path& clip, Size box) {
    const auto source = open_file(clip).value();
    const auto decoder = open_decoder(*source, {.selection = {}, .limits = {}}, silent_log()).value();
    const auto first = decoder->next().value().value();
    const auto jpeg = jpeg_of(first.frame.view, box, silent_log()).value();
    const tests::TemporaryFolder folder;
    const auto path = folder.path() / "still.jpg";
    std::ofstream(path, std::ios::binary) << jpeg;
    return tests::read_pictures(path, 1).at(0);
}

double mean_difference(const RgbPicture& a, const RgbPicture& b) {
    double sum = 0;
    for (std::size_t i = 0; i < a.pixels.size(); ++i)
        sum += std::abs(a.pixels[i] - b.pixels[i]);
    return sum / static_cast<double>(a.pixels.size());
}

TEST(Still, LooksLikeTheFirstFrame) {
    const auto clip = tests::synthetic_clip();
    const auto still = still_of(clip, {270, 10'000});
    ASSERT_EQ(still.size, (Size{270, 360}));
    const auto wanted = tests::read_pictures(clip, 1, "scale=270:360:flags=bicubic").at(0);
    EXPECT_LT(mean_difference(still, wanted), 3);
}

TEST(Still, IsUpright) {
    const auto clip = tests::shared_data() / "footage/clips/sit_to_stand_rotation_metadata.mp4";
    POSED_NEEDS(clip);
    const auto wanted = tests::read_pictures(clip, 1, "scale=320:-2:flags=bicubic").at(0);
    const auto still = still_of(clip, {320, 10'000});
    ASSERT_EQ(still.size, wanted.size);
    EXPECT_LT(mean_difference(still, wanted), 4);
}

TEST(Still, IsNeverEnlarged) {
    EXPECT_EQ(still_of(tests::synthetic_clip(), {4000, 4000}).size, (Size{540, 720}));
}

}  // namespace
}  // namespace posed::media
