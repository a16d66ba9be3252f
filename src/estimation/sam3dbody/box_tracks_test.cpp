#include "estimation/sam3dbody/box_tracks.h"

#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace posed::estimation::sam3dbody {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;

/// Of 100 x 200 pixels.
PersonFrame box_at(float left, float confidence = 1) {
    return {.bbox_xyxy = {left, 0, left + 100, 200}, .bbox_confidence = confidence};
}

std::vector<std::int32_t> tracks_of(const std::vector<PersonFrame>& people) {
    std::vector<std::int32_t> tracks;
    for (const auto& person : people)
        tracks.push_back(person.track_id);
    return tracks;
}

TEST(BoxTracks, FollowWhoMovesInWhateverOrderTheDetectorNamesThem) {
    BoxTracks tracks;
    EXPECT_THAT(tracks_of(tracks.follow({box_at(0, 0.9F), box_at(300, 0.5F)}, milliseconds(0))),
                ElementsAre(0, 1));
    const auto moved = tracks.follow({box_at(320, 0.9F), box_at(20, 0.5F)}, milliseconds(40));
    ASSERT_THAT(tracks_of(moved), ElementsAre(0, 1));
    EXPECT_EQ(moved[0].bbox_xyxy[0], 20);
    EXPECT_EQ(moved[1].bbox_xyxy[0], 320);
}

TEST(BoxTracks, GiveATrackToTheBoxThatOverlapsItMost) {
    BoxTracks tracks;
    EXPECT_THAT(tracks_of(tracks.follow({box_at(0)}, milliseconds(0))), ElementsAre(0));
    const auto two = tracks.follow({box_at(40, 1), box_at(10, 0.5F)}, milliseconds(40));
    ASSERT_THAT(tracks_of(two), ElementsAre(0, 1));
    EXPECT_EQ(two[0].bbox_xyxy[0], 10);
}

TEST(BoxTracks, RememberALostOneForASecond) {
    BoxTracks tracks;
    EXPECT_THAT(tracks_of(tracks.follow({box_at(0)}, milliseconds(0))), ElementsAre(0));
    EXPECT_THAT(tracks_of(tracks.follow({}, milliseconds(500))), ElementsAre());
    EXPECT_THAT(tracks_of(tracks.follow({box_at(30)}, milliseconds(1000))), ElementsAre(0));
    EXPECT_THAT(tracks_of(tracks.follow({box_at(30)}, milliseconds(2001))), ElementsAre(1));
}

TEST(BoxTracks, FollowTenAtMostAndNoNewcomerInThePlaceOfThem) {
    BoxTracks tracks;
    std::vector<PersonFrame> crowd;
    for (int i = 0; i < 12; ++i)
        crowd.push_back(box_at(static_cast<float>(i) * 200, i < 2 ? 0.3F : 0.9F));
    auto followed = tracks.follow(crowd, milliseconds(0));
    ASSERT_EQ(followed.size(), BoxTracks::most_people);
    for (const auto& person : followed)
        EXPECT_GE(person.bbox_xyxy[0], 400) << "the two of whom it is least sure are left out";
    for (auto& person : crowd)
        person.bbox_confidence = person.bbox_xyxy[0] < 400 ? 1 : 0.3F;
    for (const auto& person : tracks.follow(crowd, milliseconds(40)))
        EXPECT_GE(person.bbox_xyxy[0], 400);
}

}  // namespace
}  // namespace posed::estimation::sam3dbody
