// People who are small in the picture, and pictures without any.

#include <algorithm>

#include <gtest/gtest.h>

#include "tests/estimation/clip.h"
#include "tests/support/shared_data.h"

namespace posed::tests {
namespace {

TEST(Tiles, FindNobodyInAFlower) {
    const auto clip = shared_data() / "footage/clips/flower_no_person.mp4";
    POSED_NEEDS(clip);
    for (const auto* name : {"blazepose-lite", "blazepose-full", "blazepose-heavy"}) {
        const auto estimator = open_estimator(name);
        const auto frames = estimate_video(*estimator, clip);
        EXPECT_EQ(frames.size(), 150U);
        EXPECT_EQ(std::ranges::count_if(frames, [](const auto& frame) { return frame.person.has_value(); }),
                  0)
            << name;
    }
}

}  // namespace
}  // namespace posed::tests
