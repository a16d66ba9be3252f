#include "base/clock.h"

#include <chrono>

#include <gtest/gtest.h>

namespace posed {
namespace {

using namespace std::chrono_literals;

TEST(Clock, TheSystemsAgreesWithTheStandardLibraryAndNeverRunsBackwards) {
    const auto& clock = system_clock();
    const auto before = std::chrono::system_clock::now().time_since_epoch();
    const auto now = clock.now();
    const auto after = std::chrono::system_clock::now().time_since_epoch();
    EXPECT_GE(now + 1us, before);  // ours is cut to microseconds
    EXPECT_LE(now, after);
    const auto first = clock.boot_time();
    EXPECT_GT(first, 0us);
    EXPECT_LE(first, clock.boot_time());
}

TEST(Clock, AManualOneMovesOnlyWhenTold) {
    ManualClock clock(5s);
    const auto booted = clock.boot_time();
    clock.advance(2s);
    EXPECT_EQ(clock.now(), 7s);
    EXPECT_EQ(clock.boot_time(), booted + 2s);
    clock.set(1s);  // set back: deadlines must not notice
    EXPECT_EQ(clock.now(), 1s);
    EXPECT_EQ(clock.boot_time(), booted + 2s);
}

}  // namespace
}  // namespace posed
