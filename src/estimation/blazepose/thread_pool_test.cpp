#include <atomic>
#include <cstdint>
#include <vector>

#include <gtest/gtest.h>
#include <pthreadpool.h>

namespace {

/// How often each place of a box was visited.
struct Visits {
    explicit Visits(std::size_t count) : counts(count) {}
    std::vector<std::atomic<int>> counts;

    void expect_each_once() const {
        for (std::size_t i = 0; i < counts.size(); ++i)
            ASSERT_EQ(counts[i].load(), 1) << "place " << i;
    }
};

class ThreadPool : public testing::TestWithParam<std::size_t> {
  protected:
    void SetUp() override { pool_ = pthreadpool_create(GetParam()); }
    void TearDown() override { pthreadpool_destroy(pool_); }
    pthreadpool_t pool_ = nullptr;
};

TEST_P(ThreadPool, VisitsEachIndexOnceLoopAfterLoop) {
    for (std::size_t count = 0; count < 600; ++count) {
        Visits visits(count);
        pthreadpool_parallelize_1d(
            pool_, [](void* context, std::size_t i) { static_cast<Visits*>(context)->counts[i] += 1; },
            &visits, count, 0);
        visits.expect_each_once();
    }
}

// A worker that is late by a loop once took indices of the next one while it was being written.
TEST_P(ThreadPool, WorkersThatAreLateByALoopTakeNothing) {
    for (int round = 0; round < 30000; ++round) {
        std::atomic<std::size_t> visits = 0;
        const std::size_t count = round % 2 == 0 ? 2 : 40;
        pthreadpool_parallelize_1d(
            pool_, [](void* context, std::size_t) { *static_cast<std::atomic<std::size_t>*>(context) += 1; },
            &visits, count, 0);
        ASSERT_EQ(visits.load(), count) << "in round " << round;
    }
}

TEST_P(ThreadPool, CutsTilesAtTheEndOfEachAxis) {
    Visits visits(std::size_t{7} * 10 * 11);
    pthreadpool_parallelize_3d_tile_2d(
        pool_,
        [](void* context, std::size_t i, std::size_t j, std::size_t k, std::size_t rows,
           std::size_t columns) {
            for (std::size_t row = j; row < j + rows; ++row)
                for (std::size_t column = k; column < k + columns; ++column)
                    static_cast<Visits*>(context)->counts[(i * 10 + row) * 11 + column] += 1;
        },
        &visits, 7, 10, 11, 4, 3, 0);
    visits.expect_each_once();
}

TEST_P(ThreadPool, SixAxesAreInOrder) {
    Visits visits(std::size_t{2} * 3 * 2 * 3 * 5 * 4);
    pthreadpool_parallelize_6d_tile_2d(
        pool_,
        [](void* context, std::size_t i, std::size_t j, std::size_t k, std::size_t l, std::size_t m,
           std::size_t n, std::size_t rows, std::size_t columns) {
            for (std::size_t row = m; row < m + rows; ++row)
                for (std::size_t column = n; column < n + columns; ++column)
                    static_cast<Visits*>(context)
                        ->counts[((((i * 3 + j) * 2 + k) * 3 + l) * 5 + row) * 4 + column] += 1;
        },
        &visits, 2, 3, 2, 3, 5, 4, 2, 3, 0);
    visits.expect_each_once();
}

TEST_P(ThreadPool, DenormalsAreZeroOnlyWhereAskedForAndOnlyInside) {
    struct Halving {
        volatile float denormal = 1e-40F;
        std::atomic<int> zeros = 0;
    };
    const auto halve = [](void* context, std::size_t) {
        auto* halving = static_cast<Halving*>(context);
        halving->zeros += halving->denormal * 0.5F == 0.F ? 1 : 0;
    };
    Halving flushed, kept;
    pthreadpool_parallelize_1d(pool_, halve, &flushed, 100, PTHREADPOOL_FLAG_DISABLE_DENORMALS);
    pthreadpool_parallelize_1d(pool_, halve, &kept, 100, 0);
    EXPECT_EQ(flushed.zeros, 100);
    EXPECT_EQ(kept.zeros, 0);
    EXPECT_NE(kept.denormal * 0.5F, 0.F);
}

INSTANTIATE_TEST_SUITE_P(Threads, ThreadPool, testing::Values(1, 2, 5));

TEST(ThreadPoolOfOne, NeedsNoPool) {
    Visits visits(10);
    pthreadpool_parallelize_1d(
        nullptr, [](void* context, std::size_t i) { static_cast<Visits*>(context)->counts[i] += 1; }, &visits,
        10, 0);
    visits.expect_each_once();
    EXPECT_EQ(pthreadpool_get_threads_count(nullptr), 1U);
}

}  // namespace
