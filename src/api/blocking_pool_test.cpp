#include "api/blocking_pool.h"

#include <atomic>
#include <barrier>
#include <future>
#include <numeric>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace posed::api {
namespace {

constexpr unsigned threads = 4;

TEST(BlockingPool, OneThreadDoesJobsInTheirOrder) {
    std::vector<int> done, expected(1000);
    std::iota(expected.begin(), expected.end(), 0);
    BlockingPool pool(1);
    for (const int number : expected)
        pool.post([&done, number] { done.push_back(number); });
    pool.join();
    EXPECT_EQ(done, expected);
}

TEST(BlockingPool, AllThreadsWorkAtOnce) {
    std::barrier<> all_have_begun(threads);
    BlockingPool pool(threads);
    for (unsigned job = 0; job < threads; ++job)
        pool.post([&all_have_begun] { all_have_begun.arrive_and_wait(); });
    pool.join();
}

TEST(BlockingPool, JobsThatWaitHoldUpNoOthersWhileAThreadIsLeft) {
    std::promise<void> last_done;
    const auto last = last_done.get_future().share();
    BlockingPool pool(threads);
    for (unsigned job = 1; job < threads; ++job)
        pool.post([last] { last.wait(); });
    for (int job = 0; job < 1000; ++job)
        pool.post([] {});
    pool.post([&last_done] { last_done.set_value(); });
    pool.join();
}

TEST(BlockingPool, DoesWhatManyThreadsPostOnceEach) {
    constexpr int posters = 4, jobs_each = 5000;
    std::vector<std::atomic<int>> runs(posters * jobs_each);
    BlockingPool pool(threads);
    std::vector<std::jthread> threads_that_post;
    for (int poster = 0; poster < posters; ++poster)
        threads_that_post.emplace_back([&pool, &runs, poster] {
            for (int job = 0; job < jobs_each; ++job)
                pool.post([&count = runs[static_cast<std::size_t>(poster * jobs_each + job)]] { ++count; });
        });
    threads_that_post.clear();
    pool.join();
    for (const auto& count : runs)
        EXPECT_EQ(count, 1);
}

}  // namespace
}  // namespace posed::api
