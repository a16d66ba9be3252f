// Several people, in a picture of which parts are left out.

#include <algorithm>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "domain/camera.h"
#include "estimation/blazepose/blazepose_estimator.h"
#include "tests/support/pictures.h"
#include "tests/support/shared_data.h"

namespace posed::estimation::blazepose {
namespace {

using std::chrono::milliseconds;

/// The luma of a couple in the snow, moved apart, so that the detector sees them as two; each may be left
/// out.
class Couple {
  public:
    explicit Couple(const tests::RgbPicture& picture) : picture_(picture) {}

    [[nodiscard]] Canvas showing(const std::vector<bool>& people) const {
        constexpr int left = 440, top = 200, height = 960, between = 492, gap = 400, width = 1000 + gap;
        constexpr std::uint8_t snow = 235;
        Canvas canvas({width, height}, {.range = ColourRange::full, .siting = ChromaSiting::center});
        for (int plane = 1; plane < 3; ++plane)
            std::fill_n(canvas.plane(plane), canvas.stride(plane) * height / 2, std::uint8_t{128});
        for (int y = 0; y < height; ++y)
            for (int x = 0; x < width; ++x) {
                const bool is_first = x < between;
                const bool shown = is_first ? people[0] : x >= between + gap && people[1];
                const int from = left + (is_first ? x : std::max(x - gap, between));
                const auto* rgb =
                    &picture_.pixels[static_cast<std::size_t>(((top + y) * picture_.size.width + from) * 3)];
                canvas.plane(0)[y * canvas.stride(0) + x] =
                    shown ? static_cast<std::uint8_t>((rgb[0] * 77 + rgb[1] * 150 + rgb[2] * 29) / 256)
                          : snow;
            }
        return canvas;
    }

  private:
    const tests::RgbPicture& picture_;
};

class Everybody : public testing::Test {
  protected:
    void SetUp() override {
        const auto still = tests::shared_data() / "footage/stills/couple_snow.jpg";
        POSED_NEEDS(still);
        picture = tests::read_pictures(still).front();
        estimator =
            open_blazepose({.name = "blazepose-lite", .weights = tests::blazepose_weights(), .threads = 1})
                .value();
    }

    /// The tracks in frames that show these people, 40 ms apart.
    std::vector<std::vector<int>> tracks_in(const std::vector<std::vector<bool>>& frames, People people) {
        const Couple couple(picture);
        const auto size = couple.showing(frames.front()).size();
        const auto session = estimator
                                 ->open_session({.displayed = size,
                                                 .camera = default_camera(size),
                                                 .search = PersonSearch::whole_frame,
                                                 .people = people})
                                 .value();
        std::vector<std::vector<int>> tracks;
        for (const auto& shown : frames) {
            const auto canvas = couple.showing(shown);
            const auto time = milliseconds(40) * static_cast<int>(tracks.size());
            const auto crops = session->prepare(canvas.view(), time).value();
            const auto seen = session->finish(estimator->run(crops, all_threads).value()).value();
            tracks.emplace_back();
            for (const auto& person : seen)
                tracks.back().push_back(person.track_id);
        }
        return tracks;
    }

    tests::RgbPicture picture;
    std::unique_ptr<Estimator> estimator;
};

using Tracks = std::vector<std::vector<int>>;

TEST_F(Everybody, IsSeenWithinAMoment) {
    const std::vector<std::vector<bool>> frames(8, {true, true});
    EXPECT_EQ(tracks_in(frames, People::all).back(), (std::vector{0, 1}));
    EXPECT_EQ(tracks_in(frames, People::one).back(), (std::vector{0}));
}

TEST_F(Everybody, IsJoinedByWhoComesAndKeepsTheTrackOverAGap) {
    const std::vector<bool> left{true, false}, both{true, true};
    std::vector<std::vector<bool>> frames(3, left);
    frames.insert(frames.end(), 8, both);  // looked for within 200 ms
    frames.insert(frames.end(), 3, left);
    frames.insert(frames.end(), 8, both);
    const auto tracks = tracks_in(frames, People::all);
    EXPECT_EQ(tracks[2], (std::vector{0}));
    EXPECT_EQ(tracks[10], (std::vector{0, 1}));
    EXPECT_EQ(tracks[13], (std::vector{0}));
    EXPECT_EQ(tracks.back(), (std::vector{0, 1})) << "the one who was gone for a moment";
}

TEST_F(Everybody, WhoComesBackLaterIsSomebodyElse) {
    const std::vector<bool> left{true, false}, both{true, true};
    std::vector<std::vector<bool>> frames(2, both);
    frames.insert(frames.end(), 27, left);
    frames.insert(frames.end(), 8, both);
    EXPECT_EQ(tracks_in(frames, People::all).back(), (std::vector{0, 2}));
}

TEST_F(Everybody, GivesNoMesh) {
    const auto refused = estimator->open_session({.displayed = {320, 240}, .camera = {}, .mesh = true});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::invalid_argument);
}

}  // namespace
}  // namespace posed::estimation::blazepose
