#include "api/probe.h"

#include <future>
#include <stdexcept>

#include <gtest/gtest.h>

namespace posed::api {
namespace {

using namespace std::chrono_literals;

Probe::Deadline soon() {
    return std::chrono::steady_clock::now() + 10s;
}

Probe::Deadline already_over() {
    return std::chrono::steady_clock::now();
}

TEST(Probe, AsksAnewEachTime) {
    int asked = 0;
    Probe probe(
        "part", [&] { return PartReport{.status = PartStatus::ok, .detail = std::to_string(++asked)}; },
        silent_log());
    for (const auto* answer : {"1", "2", "3"}) {
        const auto told = probe.wait(probe.begin(), soon());
        EXPECT_EQ(told.report.status, PartStatus::ok);
        EXPECT_EQ(told.report.detail, answer);
        EXPECT_TRUE(told.latency);
    }
}

TEST(Probe, HoldsNobodyUpLongerThanTheyWait) {
    std::promise<void> release;
    const auto released = release.get_future().share();
    Probe probe(
        "part",
        [released] {
            released.wait();
            return PartReport{};
        },
        silent_log());
    const auto first = probe.begin();
    const auto hanging = probe.wait(first, already_over());
    EXPECT_EQ(hanging.report.status, PartStatus::unavailable);
    EXPECT_FALSE(hanging.latency);
    const auto second = probe.begin();
    EXPECT_EQ(probe.wait(second, already_over()).report.status, PartStatus::unavailable);
    release.set_value();
    EXPECT_EQ(probe.wait(second, soon()).report.status, PartStatus::ok);
}

TEST(Probe, TellsNothingOfWhatThePartThrew) {
    Probe probe(
        "part", []() -> PartReport { throw std::runtime_error("the secret is 42"); }, silent_log());
    const auto answer = probe.wait(probe.begin(), soon());
    EXPECT_EQ(answer.report.status, PartStatus::unavailable);
    EXPECT_EQ(answer.report.detail, "fails; the log says why");
}

}  // namespace
}  // namespace posed::api
