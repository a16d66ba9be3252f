#include "media/output_clock.h"

#include <chrono>

#include <gtest/gtest.h>

namespace posed::media {
namespace {

using namespace std::chrono_literals;

TEST(OutputClock, TakesTheFirstTickAtOrAfterTheWindowsStart) {
    // 1/30000 s ticks, first frame at tick 700; 0.1 s is 3000 ticks exactly, 1 us more is not.
    const auto exact =
        OutputClock::make({.start = 100ms, .duration = 200ms, .rate = {}}, {1, 30000}, 700).value();
    EXPECT_EQ(exact.begin(), 3700);
    EXPECT_EQ(exact.end(), 9700);
    const auto later =
        OutputClock::make({.start = 100'001us, .duration = {}, .rate = {}}, {1, 30000}, 700).value();
    EXPECT_EQ(later.begin(), 3701);
    EXPECT_EQ(later.end(), INT64_MAX);
}

TEST(OutputClock, CountsOutputsExactlyAtAwkwardRates) {
    // 30000/1001 frames a second on ticks of 1001/30000 s: frame i is output i, however far.
    const auto clock =
        OutputClock::make({.start = 0s, .duration = {}, .rate = Rational{30000, 1001}}, {1001, 30000}, 0)
            .value();
    for (const std::int64_t i : {0LL, 1LL, 2LL, 1'000'000LL, 2'589'407LL})
        EXPECT_EQ(clock.output_at(i), i);
    // A millisecond clock cuts 1/30 s to 33 ms: that is still output 0, as floor says.
    const auto coarse =
        OutputClock::make({.start = 0s, .duration = {}, .rate = Rational{30, 1}}, {1, 1000}, 0).value();
    EXPECT_EQ(coarse.output_at(33), 0);
    EXPECT_EQ(coarse.output_at(34), 1);
    EXPECT_EQ(coarse.output_at(1000), 30);
}

TEST(OutputClock, AWindowThatStartsAtAFramesStatedTimeHoldsIt) {
    // Frame 2 of 3 a second is at 0.6666..., stated as 0.666667.
    const auto clock =
        OutputClock::make({.start = 666'667us, .duration = {}, .rate = Rational{3, 1}}, {1, 3}, 0).value();
    EXPECT_EQ(clock.begin(), 2);
    EXPECT_EQ(clock.output_at(2), 0);
    EXPECT_EQ(clock.output_at(3), 0);  // 0.999999 outputs later: exact, not rounded
    EXPECT_EQ(clock.output_at(4), 1);
    const auto before =
        OutputClock::make({.start = 0s, .duration = 666'667us, .rate = {}}, {1, 3}, 0).value();
    EXPECT_EQ(before.end(), 2);  // no frame is in both windows
}

TEST(OutputClock, RoundsTheWindowsLengthAndTimes) {
    const auto clock =
        OutputClock::make({.start = 0s, .duration = 250ms, .rate = Rational{10, 1}}, {1, 3}, 0).value();
    EXPECT_EQ(clock.most_outputs(), 3);  // 2.5 outputs
    EXPECT_EQ(clock.time_of(1), 333'333us);
    EXPECT_EQ(clock.time_of(2), 666'667us);
}

TEST(OutputClock, NamesWhatIsOutOfRange) {
    const auto code_of = [](const Selection& selection) {
        return OutputClock::make(selection, {1, 1000}, 0).error().code;
    };
    EXPECT_EQ(code_of({.start = -1us, .duration = {}, .rate = {}}), Code::invalid_argument);
    EXPECT_EQ(code_of({.start = 0s, .duration = 0us, .rate = {}}), Code::invalid_argument);
    EXPECT_EQ(code_of({.start = 0s, .duration = {}, .rate = Rational{0, 1}}), Code::invalid_argument);
    EXPECT_EQ(code_of({.start = 0s, .duration = {}, .rate = Rational{-25, 1}}), Code::invalid_argument);
}

TEST(OutputClock, SurvivesTheLargestTimes) {
    const auto clock = OutputClock::make(
        {.start = Microseconds::max(), .duration = Microseconds::max(), .rate = Rational{1, 1}},
        {1, 1'000'000'000}, INT64_MAX);
    ASSERT_TRUE(clock.has_value());
    EXPECT_EQ(clock->begin(), INT64_MAX);
    EXPECT_EQ(clock->end(), INT64_MAX);
}

}  // namespace
}  // namespace posed::media
