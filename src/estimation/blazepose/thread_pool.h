#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <stop_token>
#include <thread>
#include <vector>

namespace posed::estimation::blazepose {

/// Threads that share a loop with whoever calls; one caller at a time. Whoever runs takes the next index: a
/// worker that the scheduler lets wait, because a decoder uses its processor, comes late, finds nothing to
/// do, and nobody waits for it. Giving each its share beforehand, as OpenMP does, would stop a network after
/// each of its hundred operators until the last has shown up.
class ThreadPool {
  public:
    /// `threads` counts the caller: 1 makes none.
    explicit ThreadPool(std::size_t threads);
    ThreadPool(const ThreadPool&) = delete;
    ThreadPool& operator=(const ThreadPool&) = delete;
    ~ThreadPool();

    [[nodiscard]] std::size_t threads() const noexcept { return workers_.size() + 1; }

    /// Calls `body(index)` once for each index below `count`, on any of the threads, and returns after the
    /// last. It must not throw.
    template <class Body>
    void share(std::size_t count, const Body& body) {
        share({.count = static_cast<std::uint32_t>(count),
               .run = [](const void* loop, std::size_t i) { (*static_cast<const Body*>(loop))(i); },
               .body = &body});
    }

  private:
    struct Loop {
        std::uint32_t count = 0;
        void (*run)(const void* body, std::size_t index) = nullptr;
        const void* body = nullptr;
    };

    void share(const Loop& loop);
    void announce(std::uint32_t number, std::uint32_t next);
    void work(const std::stop_token& stop);
    void take_part(std::uint32_t number);
    void wait_for_the_others(std::uint32_t count);

    // `state_` holds the number of the loop and the next index that nobody has taken, together, so that a
    // worker that is late by a loop cannot take anything: it is only by exchanging the two that indices are
    // taken. On lines of their own: everybody looks at the first two all the time.
    alignas(64) std::atomic<std::uint64_t> state_{0};
    alignas(64) std::atomic<std::uint32_t> announced_{0};
    alignas(64) std::atomic<std::uint32_t> finished_{0};
    alignas(64) std::atomic<std::uint32_t> count_{0};
    std::atomic<void (*)(const void*, std::size_t)> run_{nullptr};
    std::atomic<const void*> body_{nullptr};
    std::vector<std::jthread> workers_;  // last: they use what stands above
};

}  // namespace posed::estimation::blazepose
