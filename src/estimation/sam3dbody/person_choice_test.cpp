#include "estimation/sam3dbody/person_choice.h"

#include <vector>

#include <gtest/gtest.h>

namespace posed::estimation::sam3dbody {
namespace {

using std::chrono::milliseconds;

PersonFrame person(std::int32_t track, std::array<float, 4> box, float confidence = 1) {
    return {.track_id = track, .bbox_xyxy = box, .bbox_confidence = confidence};
}

constexpr std::array<float, 4> left{0, 0, 100, 200}, right{400, 0, 500, 200}, large{400, 0, 700, 400};

TEST(PersonChoice, BeginsWithTheLargestConfidenceTimesArea) {
    PersonChoice choice;
    const std::vector people{person(0, left, 0.9F), person(1, large, 0.5F), person(2, right, 1)};
    EXPECT_EQ(choice.choose(people, milliseconds(0)), 1U);
    EXPECT_EQ(choice.track_id(), 0);
}

TEST(PersonChoice, KeepsThePersonWhoeverElseComes) {
    PersonChoice choice;
    EXPECT_EQ(choice.choose(std::vector{person(3, left)}, milliseconds(0)), 0U);
    EXPECT_EQ(choice.choose(std::vector{person(4, large), person(3, left)}, milliseconds(40)), 1U);
    EXPECT_EQ(choice.track_id(), 0);
}

TEST(PersonChoice, GoesToSomebodyElseAfterASecondOnly) {
    PersonChoice choice;
    EXPECT_EQ(choice.choose(std::vector{person(0, left)}, milliseconds(0)), 0U);
    EXPECT_EQ(choice.choose({}, milliseconds(40)), std::nullopt);
    EXPECT_EQ(choice.choose(std::vector{person(1, right)}, milliseconds(999)), std::nullopt);
    EXPECT_EQ(choice.choose(std::vector{person(1, right)}, milliseconds(1000)), 0U);
    EXPECT_EQ(choice.track_id(), 1);
}

TEST(PersonChoice, KnowsThePersonAgainByThePlace) {
    PersonChoice choice;
    EXPECT_EQ(choice.choose(std::vector{person(0, left)}, milliseconds(0)), 0U);
    EXPECT_EQ(choice.choose(std::vector{person(7, {10, 10, 110, 210})}, milliseconds(120)), 0U);
    EXPECT_EQ(choice.track_id(), 0);
    EXPECT_EQ(choice.choose(std::vector{person(7, right)}, milliseconds(160)), 0U);
    EXPECT_EQ(choice.track_id(), 0);
}

}  // namespace
}  // namespace posed::estimation::sam3dbody
