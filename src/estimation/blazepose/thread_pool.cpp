#include "estimation/blazepose/thread_pool.h"

#include <immintrin.h>

namespace posed::estimation::blazepose {
namespace {

/// How often a thread looks for more work before it sleeps: less than a tenth of a millisecond, longer than
/// the caller mostly needs from one shared operator to the next, and too short to take much from a decoder.
constexpr int looks_before_sleep = 2000;

constexpr std::uint32_t closed = std::numeric_limits<std::uint32_t>::max();

std::uint64_t pack(std::uint32_t number, std::uint32_t next) {
    return std::uint64_t{number} << 32 | next;
}

std::uint32_t number_of(std::uint64_t state) {
    return static_cast<std::uint32_t>(state >> 32);
}

}  // namespace

ThreadPool::ThreadPool(std::size_t threads) {
    for (std::size_t i = 1; i < threads; ++i)
        workers_.emplace_back([this](const std::stop_token& stop) { work(stop); });
}

ThreadPool::~ThreadPool() {
    for (auto& worker : workers_)
        worker.request_stop();
    announce(number_of(state_) + 1, closed);
}

void ThreadPool::share(const Loop& loop) {
    const auto number = number_of(state_) + 1;
    // Closes the last loop before a word of this one is written: whoever still looks at the last one and
    // reads such a word cannot take anything any more.
    state_.store(pack(number, closed), std::memory_order_relaxed);
    count_.store(loop.count, std::memory_order_release);
    run_.store(loop.run, std::memory_order_release);
    body_.store(loop.body, std::memory_order_release);
    finished_.store(0, std::memory_order_relaxed);
    announce(number, 0);
    take_part(number);
    wait_for_the_others(loop.count);
}

void ThreadPool::announce(std::uint32_t number, std::uint32_t next) {
    state_.store(pack(number, next), std::memory_order_release);
    announced_.store(number, std::memory_order_release);
    announced_.notify_all();
}

void ThreadPool::work(const std::stop_token& stop) {
    std::uint32_t seen = 0;
    while (true) {
        for (int i = 0; i < looks_before_sleep && announced_.load(std::memory_order_acquire) == seen; ++i)
            _mm_pause();
        announced_.wait(seen, std::memory_order_acquire);
        if (stop.stop_requested())
            return;
        seen = announced_.load(std::memory_order_acquire);
        take_part(seen);
    }
}

/// Runs indices of that loop until all are taken.
void ThreadPool::take_part(std::uint32_t number) {
    auto state = state_.load(std::memory_order_acquire);
    while (number_of(state) == number) {
        const auto count = count_.load(std::memory_order_acquire);
        const auto run = run_.load(std::memory_order_acquire);
        const auto* const body = body_.load(std::memory_order_acquire);
        const auto next = static_cast<std::uint32_t>(state);
        if (next >= count)
            return;
        if (!state_.compare_exchange_weak(state, state + 1, std::memory_order_acq_rel))
            continue;
        run(body, next);
        if (finished_.fetch_add(1, std::memory_order_acq_rel) + 1 == count)
            finished_.notify_one();
        state = state_.load(std::memory_order_acquire);
    }
}

void ThreadPool::wait_for_the_others(std::uint32_t count) {
    auto finished = finished_.load(std::memory_order_acquire);
    for (int i = 0; i < looks_before_sleep && finished != count; ++i) {
        _mm_pause();
        finished = finished_.load(std::memory_order_acquire);
    }
    while (finished != count) {
        finished_.wait(finished, std::memory_order_acquire);
        finished = finished_.load(std::memory_order_acquire);
    }
}

}  // namespace posed::estimation::blazepose
