// All eight display matrices, on a clip whose four corners differ.

#include <array>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <gtest/gtest.h>

#include "media/reference_ffmpeg.h"
#include "tests/media/clips.h"
#include "tests/support/shared_data.h"

namespace posed::tests {
namespace {

/// Writes (a b 0; c d 0; 0 0 1) into the file's track header: the box's type, 40 bytes, then nine big-endian
/// numbers of 16.16 fixed point (ISO 14496-12, 8.3.2; the last column has 2.30).
void set_display_matrix(const std::filesystem::path& path, const std::array<int, 4>& matrix) {
    std::ifstream in(path, std::ios::binary);
    std::string bytes{std::istreambuf_iterator<char>(in), {}};
    const auto place = bytes.find("tkhd");
    ASSERT_NE(place, std::string::npos);
    const std::array<std::int32_t, 9> numbers{
        matrix[0] * 65536, matrix[1] * 65536, 0, matrix[2] * 65536, matrix[3] * 65536, 0, 0, 0, 1 << 30};
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        const auto number = static_cast<std::uint32_t>(numbers[i]);
        for (std::size_t k = 0; k < 4; ++k)
            bytes[place + 44 + 4 * i + k] = static_cast<char>(number >> (24 - 8 * k));
    }
    std::ofstream(path, std::ios::binary) << bytes;
}

/// The displayed picture's luma, sampled at the nearest coded sample.
std::string displayed_luma(const FrameView& view) {
    const auto& to_coded = view.coded_from_displayed;
    std::string luma;
    for (int y = 0; y < view.displayed.height; ++y) {
        for (int x = 0; x < view.displayed.width; ++x) {
            const double u = to_coded.xx * (x + 0.5) + to_coded.xy * (y + 0.5) + to_coded.x0;
            const double v = to_coded.yx * (x + 0.5) + to_coded.yy * (y + 0.5) + to_coded.y0;
            const auto& plane = view.planes[0];
            luma += static_cast<char>(
                plane.data[plane.stride * static_cast<int>(std::floor(v)) + static_cast<int>(std::floor(u))]);
        }
    }
    return luma;
}

struct Case {
    const char* name;
    std::array<int, 4> matrix;
    int rotation;
    bool mirrored;
    const char* upright;  ///< FFmpeg's filters that do the same
};

class DisplayMatrix : public testing::TestWithParam<Case> {};

TEST_P(DisplayMatrix, TurnsThePictureAsItsNumbersSay) {
    const TemporaryFolder folder;
    const auto path = folder.path() / "clip.mp4";
    media::ffmpeg("-f lavfi -i testsrc2=size=64x48:rate=5:duration=0.4 -pix_fmt yuv420p -c:v libx264 -qp 0 " +
                  path.string());
    set_display_matrix(path, GetParam().matrix);
    const auto frame = first_frame(path);
    const auto& view = frame.frame.view;
    const auto expected = ffmpeg_raw("-noautorotate -i " + path.string() +
                                     " -frames:v 1 -vf extractplanes=y," + std::string(GetParam().upright));
    EXPECT_EQ(displayed_luma(view).size(), expected.size());
    EXPECT_TRUE(displayed_luma(view) == expected);

    const auto decoded = decode(path);
    EXPECT_EQ(decoded.info.rotation, GetParam().rotation);
    EXPECT_EQ(decoded.info.mirrored, GetParam().mirrored);
    const bool lies = GetParam().rotation % 180 != 0;
    EXPECT_EQ(decoded.info.displayed, (lies ? Size{48, 64} : Size{64, 48}));
    EXPECT_EQ(view.displayed, decoded.info.displayed);
}

// (a, b, c, d): x' = a x + c y, y' = b x + d y, y down. transpose=clock: x' = -y, y' = x.
INSTANTIATE_TEST_SUITE_P(
    Eight, DisplayMatrix,
    testing::Values(Case{"upright", {1, 0, 0, 1}, 0, false, "null"},
                    Case{"turned_90", {0, 1, -1, 0}, 90, false, "transpose=clock"},
                    Case{"turned_180", {-1, 0, 0, -1}, 180, false, "hflip,vflip"},
                    Case{"turned_270", {0, -1, 1, 0}, 270, false, "transpose=cclock"},
                    Case{"mirrored", {-1, 0, 0, 1}, 0, true, "hflip"},
                    Case{"turned_90_mirrored", {0, 1, 1, 0}, 90, true, "transpose=clock,hflip"},
                    Case{"turned_180_mirrored", {1, 0, 0, -1}, 180, true, "vflip"},
                    Case{"turned_270_mirrored", {0, -1, -1, 0}, 270, true, "transpose=cclock,hflip"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(DisplayMatrix, AndPixelAspectApplyInThatOrder) {
    const TemporaryFolder folder;
    const auto path = folder.path() / "clip.mp4";
    media::ffmpeg(
        "-f lavfi -i testsrc2=size=64x48:rate=5:duration=0.4 -vf setsar=4/3 -pix_fmt yuv420p "
        "-c:v libx264 " +
        path.string());
    set_display_matrix(path, {0, 1, -1, 0});
    const auto frame = first_frame(path);
    const auto& view = frame.frame.view;
    EXPECT_EQ(view.displayed, (Size{48, 85}));  // 64 * 4/3 = 85.3 wide, then turned
    // The displayed picture's lower left corner is the coded picture's lower right one.
    const auto& to_coded = view.coded_from_displayed;
    EXPECT_NEAR(to_coded.xx * 0 + to_coded.xy * 85 + to_coded.x0, 64, 1e-9);
    EXPECT_NEAR(to_coded.yx * 0 + to_coded.yy * 85 + to_coded.y0, 48, 1e-9);
}

TEST(DisplayMatrix, OfTheFootageIsAQuarterTurn) {
    const auto path = shared_data() / "footage/clips/sit_to_stand_rotation_metadata.mp4";
    POSED_NEEDS(path);
    const auto frame = first_frame(path);
    const auto& view = frame.frame.view;
    EXPECT_EQ(view.displayed, (Size{720, 1280}));
    const auto upright = ffmpeg_raw("-i " + path.string() + " -frames:v 1 -pix_fmt yuv420p");
    EXPECT_TRUE(displayed_luma(view) == upright.substr(0, 720UL * 1280));
}

}  // namespace
}  // namespace posed::tests
