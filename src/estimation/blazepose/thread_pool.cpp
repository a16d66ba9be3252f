// The threads that XNNPACK runs its operators on, in the place of libpthreadpool's.
//
// libpthreadpool gives every worker its share of an operator beforehand, and its caller waits after each of
// the hundred and more operators of a network until every worker has shown up. A worker that the scheduler
// lets wait, because a decoder uses its processor, then stops the network: on two processors beside one busy
// thread, two threads were three times slower than one. Here whoever runs takes the next tiles: a worker that
// comes late finds nothing to do, and nobody waits for it.
//
// XNNPACK calls these functions by name. The module exports them, and a library that was loaded for a module
// looks there first, so no other user of libpthreadpool in the process meets them. Declarations and meaning
// are pthreadpool.h's.

#include "estimation/blazepose/thread_pool.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <limits>
#include <memory>
#include <stop_token>
#include <thread>
#include <vector>

#include <immintrin.h>

#pragma GCC visibility push(default)
#include <pthreadpool.h>
#pragma GCC visibility pop

namespace {

/// How often a thread looks for more work before it sleeps: some twenty microseconds, longer than the caller
/// needs from one operator to the next, and too short to take anything from a decoder.
constexpr int looks_before_sleep = 500;

/// Denormal numbers are zero while this lives, where the caller asked for it.
class FlushDenormals {
  public:
    explicit FlushDenormals(std::uint32_t flags) : saved_(_mm_getcsr()) {
        constexpr unsigned flush_and_treat_as_zero = 0x8040;
        if ((flags & PTHREADPOOL_FLAG_DISABLE_DENORMALS) != 0)
            _mm_setcsr(saved_ | flush_and_treat_as_zero);
    }
    FlushDenormals(const FlushDenormals&) = delete;
    FlushDenormals& operator=(const FlushDenormals&) = delete;
    ~FlushDenormals() { _mm_setcsr(saved_); }

  private:
    unsigned saved_;
};

/// A loop to share out: `run(loop, i)` for each i below `count`.
struct Loop {
    std::size_t count = 0;
    std::uint32_t flags = 0;
    void (*run)(const void* loop, std::size_t index) = nullptr;
    const void* loop = nullptr;
};

}  // namespace

/// One caller at a time shares a loop among itself and the workers. `state_` holds the number of the loop and
/// the next index that nobody has taken, together, so that a worker that is late by a loop cannot take
/// anything: it is only by exchanging the two that indices are taken.
struct pthreadpool {
  public:
    explicit pthreadpool(std::size_t threads) : threads_(threads) {
        for (std::size_t i = 1; i < threads; ++i)
            workers_.emplace_back([this](const std::stop_token& stop) { work(stop); });
    }
    pthreadpool(const pthreadpool&) = delete;
    pthreadpool& operator=(const pthreadpool&) = delete;
    ~pthreadpool() {
        for (auto& worker : workers_)
            worker.request_stop();
        announce(number_of(state_) + 1, closed);
    }

    [[nodiscard]] std::size_t threads() const noexcept { return threads_; }
    [[nodiscard]] bool shares() const noexcept { return threads_ > 1 && !caller_alone_; }
    void let_caller_alone(bool alone) noexcept { caller_alone_ = alone; }

    void share(const Loop& loop) {
        const auto number = number_of(state_) + 1;
        // Closes the last loop before a word of this one is written: whoever still looks at the last one and
        // reads such a word cannot take anything any more.
        state_.store(pack(number, closed), std::memory_order_relaxed);
        count_.store(static_cast<std::uint32_t>(loop.count), std::memory_order_release);
        flags_.store(loop.flags, std::memory_order_release);
        run_.store(loop.run, std::memory_order_release);
        loop_.store(loop.loop, std::memory_order_release);
        finished_.store(0, std::memory_order_relaxed);
        announce(number, 0);
        take_part(number);
        wait_for_the_others(static_cast<std::uint32_t>(loop.count));
    }

  private:
    static constexpr std::uint32_t closed = std::numeric_limits<std::uint32_t>::max();

    static std::uint64_t pack(std::uint32_t number, std::uint32_t next) {
        return std::uint64_t{number} << 32 | next;
    }
    static std::uint32_t number_of(std::uint64_t state) { return static_cast<std::uint32_t>(state >> 32); }

    void announce(std::uint32_t number, std::uint32_t next) {
        state_.store(pack(number, next), std::memory_order_release);
        announced_.store(number, std::memory_order_release);
        announced_.notify_all();
    }

    void work(const std::stop_token& stop) {
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
    void take_part(std::uint32_t number) {
        auto state = state_.load(std::memory_order_acquire);
        while (number_of(state) == number) {
            const auto count = count_.load(std::memory_order_acquire);
            const Loop loop{.count = count,
                            .flags = flags_.load(std::memory_order_acquire),
                            .run = run_.load(std::memory_order_acquire),
                            .loop = loop_.load(std::memory_order_acquire)};
            const auto next = static_cast<std::uint32_t>(state);
            if (next >= count)
                return;
            // Large pieces first, so that little is taken in many small steps; single ones last, so that all
            // end together.
            const auto piece =
                std::max<std::uint32_t>(1, (count - next) / static_cast<std::uint32_t>(2 * threads()));
            if (!state_.compare_exchange_weak(state, state + piece, std::memory_order_acq_rel))
                continue;
            run_piece(loop, next, piece);
            state = state_.load(std::memory_order_acquire);
        }
    }

    void run_piece(const Loop& loop, std::uint32_t begin, std::uint32_t size) {
        {
            const FlushDenormals flush(loop.flags);
            for (std::uint32_t i = begin; i < begin + size; ++i)
                loop.run(loop.loop, i);
        }
        if (finished_.fetch_add(size, std::memory_order_acq_rel) + size == loop.count)
            finished_.notify_one();
    }

    void wait_for_the_others(std::uint32_t count) {
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

    const std::size_t threads_;
    bool caller_alone_ = false;  // of the caller's thread only
    // On lines of their own: everybody looks at the first two all the time.
    alignas(64) std::atomic<std::uint64_t> state_{0};
    alignas(64) std::atomic<std::uint32_t> announced_{0};
    alignas(64) std::atomic<std::uint32_t> finished_{0};
    alignas(64) std::atomic<std::uint32_t> count_{0};
    std::atomic<std::uint32_t> flags_{0};
    std::atomic<void (*)(const void*, std::size_t)> run_{nullptr};
    std::atomic<const void*> loop_{nullptr};
    std::vector<std::jthread> workers_;  // last: they use what stands above
};

namespace {

/// Calls `body(index)` for each index below `count`, on all threads of the pool.
template <class Body>
void share(pthreadpool_t pool, std::size_t count, std::uint32_t flags, const Body& body) {
    if (pool != nullptr && pool->shares() && count > 1 &&
        count <= std::numeric_limits<std::uint32_t>::max() / 2) {
        pool->share(
            {.count = count,
             .flags = flags,
             .run = [](const void* loop, std::size_t index) { (*static_cast<const Body*>(loop))(index); },
             .loop = &body});
        return;
    }
    const FlushDenormals flush(flags);
    for (std::size_t i = 0; i < count; ++i)
        body(i);
}

/// A box of indices cut into tiles, the last axis fastest.
template <std::size_t Axes>
class Tiling {
  public:
    Tiling(const std::array<std::size_t, Axes>& range, const std::array<std::size_t, Axes>& tile)
        : range_(range), tile_(tile) {
        for (std::size_t axis = 0; axis < Axes; ++axis)
            tiles_[axis] = (range[axis] + tile[axis] - 1) / tile[axis];
    }

    [[nodiscard]] std::size_t count() const {
        std::size_t count = 1;
        for (const auto tiles : tiles_)
            count *= tiles;
        return count;
    }

    /// Where the tile starts.
    [[nodiscard]] std::array<std::size_t, Axes> start(std::size_t index) const {
        std::array<std::size_t, Axes> start;
        for (std::size_t axis = Axes; axis-- > 0;) {
            start[axis] = index % tiles_[axis] * tile_[axis];
            index /= tiles_[axis];
        }
        return start;
    }

    /// How far it goes along an axis: less than the others at the end.
    [[nodiscard]] std::size_t length(std::size_t axis, std::size_t start) const {
        return std::min(tile_[axis], range_[axis] - start);
    }

  private:
    std::array<std::size_t, Axes> range_, tile_, tiles_;
};

}  // namespace

void posed::estimation::blazepose::share_out(pthreadpool* pool, Threads threads) noexcept {
    if (pool != nullptr)
        pool->let_caller_alone(threads == Threads::one);
}

#pragma GCC visibility push(default)
extern "C" {

pthreadpool_t pthreadpool_create(std::size_t threads_count) {
    return std::make_unique<pthreadpool>(threads_count).release();
}

void pthreadpool_destroy(pthreadpool_t threadpool) {
    const std::unique_ptr<pthreadpool> ended(threadpool);
}

std::size_t pthreadpool_get_threads_count(pthreadpool_t threadpool) {
    return threadpool != nullptr ? threadpool->threads() : 1;
}

void pthreadpool_parallelize_1d(pthreadpool_t pool, pthreadpool_task_1d_t task, void* context,
                                std::size_t range, std::uint32_t flags) {
    share(pool, range, flags, [&](std::size_t index) { task(context, index); });
}

void pthreadpool_parallelize_1d_tile_1d(pthreadpool_t pool, pthreadpool_task_1d_tile_1d_t task, void* context,
                                        std::size_t range, std::size_t tile, std::uint32_t flags) {
    const Tiling<1> tiling({range}, {tile});
    share(pool, tiling.count(), flags, [&](std::size_t index) {
        const auto [i] = tiling.start(index);
        task(context, i, tiling.length(0, i));
    });
}

void pthreadpool_parallelize_2d(pthreadpool_t pool, pthreadpool_task_2d_t task, void* context,
                                std::size_t range_i, std::size_t range_j, std::uint32_t flags) {
    const Tiling<2> tiling({range_i, range_j}, {1, 1});
    share(pool, tiling.count(), flags, [&](std::size_t index) {
        const auto [i, j] = tiling.start(index);
        task(context, i, j);
    });
}

void pthreadpool_parallelize_2d_tile_1d(pthreadpool_t pool, pthreadpool_task_2d_tile_1d_t task, void* context,
                                        std::size_t range_i, std::size_t range_j, std::size_t tile_j,
                                        std::uint32_t flags) {
    const Tiling<2> tiling({range_i, range_j}, {1, tile_j});
    share(pool, tiling.count(), flags, [&](std::size_t index) {
        const auto [i, j] = tiling.start(index);
        task(context, i, j, tiling.length(1, j));
    });
}

void pthreadpool_parallelize_2d_tile_2d(pthreadpool_t pool, pthreadpool_task_2d_tile_2d_t task, void* context,
                                        std::size_t range_i, std::size_t range_j, std::size_t tile_i,
                                        std::size_t tile_j, std::uint32_t flags) {
    const Tiling<2> tiling({range_i, range_j}, {tile_i, tile_j});
    share(pool, tiling.count(), flags, [&](std::size_t index) {
        const auto [i, j] = tiling.start(index);
        task(context, i, j, tiling.length(0, i), tiling.length(1, j));
    });
}

void pthreadpool_parallelize_3d(pthreadpool_t pool, pthreadpool_task_3d_t task, void* context,
                                std::size_t range_i, std::size_t range_j, std::size_t range_k,
                                std::uint32_t flags) {
    const Tiling<3> tiling({range_i, range_j, range_k}, {1, 1, 1});
    share(pool, tiling.count(), flags, [&](std::size_t index) {
        const auto [i, j, k] = tiling.start(index);
        task(context, i, j, k);
    });
}

void pthreadpool_parallelize_3d_tile_2d(pthreadpool_t pool, pthreadpool_task_3d_tile_2d_t task, void* context,
                                        std::size_t range_i, std::size_t range_j, std::size_t range_k,
                                        std::size_t tile_j, std::size_t tile_k, std::uint32_t flags) {
    const Tiling<3> tiling({range_i, range_j, range_k}, {1, tile_j, tile_k});
    share(pool, tiling.count(), flags, [&](std::size_t index) {
        const auto [i, j, k] = tiling.start(index);
        task(context, i, j, k, tiling.length(1, j), tiling.length(2, k));
    });
}

void pthreadpool_parallelize_4d(pthreadpool_t pool, pthreadpool_task_4d_t task, void* context,
                                std::size_t range_i, std::size_t range_j, std::size_t range_k,
                                std::size_t range_l, std::uint32_t flags) {
    const Tiling<4> tiling({range_i, range_j, range_k, range_l}, {1, 1, 1, 1});
    share(pool, tiling.count(), flags, [&](std::size_t index) {
        const auto [i, j, k, l] = tiling.start(index);
        task(context, i, j, k, l);
    });
}

void pthreadpool_parallelize_4d_tile_2d(pthreadpool_t pool, pthreadpool_task_4d_tile_2d_t task, void* context,
                                        std::size_t range_i, std::size_t range_j, std::size_t range_k,
                                        std::size_t range_l, std::size_t tile_k, std::size_t tile_l,
                                        std::uint32_t flags) {
    const Tiling<4> tiling({range_i, range_j, range_k, range_l}, {1, 1, tile_k, tile_l});
    share(pool, tiling.count(), flags, [&](std::size_t index) {
        const auto [i, j, k, l] = tiling.start(index);
        task(context, i, j, k, l, tiling.length(2, k), tiling.length(3, l));
    });
}

void pthreadpool_parallelize_5d(pthreadpool_t pool, pthreadpool_task_5d_t task, void* context,
                                std::size_t range_i, std::size_t range_j, std::size_t range_k,
                                std::size_t range_l, std::size_t range_m, std::uint32_t flags) {
    const Tiling<5> tiling({range_i, range_j, range_k, range_l, range_m}, {1, 1, 1, 1, 1});
    share(pool, tiling.count(), flags, [&](std::size_t index) {
        const auto [i, j, k, l, m] = tiling.start(index);
        task(context, i, j, k, l, m);
    });
}

void pthreadpool_parallelize_5d_tile_2d(pthreadpool_t pool, pthreadpool_task_5d_tile_2d_t task, void* context,
                                        std::size_t range_i, std::size_t range_j, std::size_t range_k,
                                        std::size_t range_l, std::size_t range_m, std::size_t tile_l,
                                        std::size_t tile_m, std::uint32_t flags) {
    const Tiling<5> tiling({range_i, range_j, range_k, range_l, range_m}, {1, 1, 1, tile_l, tile_m});
    share(pool, tiling.count(), flags, [&](std::size_t index) {
        const auto [i, j, k, l, m] = tiling.start(index);
        task(context, i, j, k, l, m, tiling.length(3, l), tiling.length(4, m));
    });
}

void pthreadpool_parallelize_6d_tile_2d(pthreadpool_t pool, pthreadpool_task_6d_tile_2d_t task, void* context,
                                        std::size_t range_i, std::size_t range_j, std::size_t range_k,
                                        std::size_t range_l, std::size_t range_m, std::size_t range_n,
                                        std::size_t tile_m, std::size_t tile_n, std::uint32_t flags) {
    const Tiling<6> tiling({range_i, range_j, range_k, range_l, range_m, range_n},
                           {1, 1, 1, 1, tile_m, tile_n});
    share(pool, tiling.count(), flags, [&](std::size_t index) {
        const auto [i, j, k, l, m, n] = tiling.start(index);
        task(context, i, j, k, l, m, n, tiling.length(4, m), tiling.length(5, n));
    });
}

}  // extern "C"
#pragma GCC visibility pop
