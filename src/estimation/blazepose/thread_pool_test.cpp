#include "estimation/blazepose/thread_pool.h"

#include <atomic>
#include <vector>

#include <gtest/gtest.h>

namespace posed::estimation::blazepose {
namespace {

class Pool : public testing::TestWithParam<std::size_t> {
  protected:
    ThreadPool pool{GetParam()};
};

TEST_P(Pool, VisitsEachIndexOnceLoopAfterLoop) {
    EXPECT_EQ(pool.threads(), GetParam());
    for (std::size_t count = 0; count < 600; ++count) {
        std::vector<std::atomic<int>> visits(count);
        pool.share(count, [&](std::size_t i) { visits[i] += 1; });
        for (std::size_t i = 0; i < count; ++i)
            ASSERT_EQ(visits[i].load(), 1) << "index " << i << " of " << count;
    }
}

// A worker that is late by a loop once took indices of the next one while it was being written.
TEST_P(Pool, WorkersThatAreLateByALoopTakeNothing) {
    for (int round = 0; round < 30000; ++round) {
        std::atomic<std::size_t> visits = 0;
        const std::size_t count = round % 2 == 0 ? 2 : 40;
        pool.share(count, [&](std::size_t) { visits += 1; });
        ASSERT_EQ(visits.load(), count) << "in round " << round;
    }
}

INSTANTIATE_TEST_SUITE_P(Threads, Pool, testing::Values(1, 2, 5));

}  // namespace
}  // namespace posed::estimation::blazepose
