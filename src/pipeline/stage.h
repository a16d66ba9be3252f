#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <optional>
#include <thread>
#include <utility>

#include "base/result.h"
#include "pipeline/bounded_queue.h"

namespace posed::pipeline {

using Seconds = std::chrono::duration<double>;

/// Adds the time from its construction to its end to a total.
class Stopwatch {
  public:
    explicit Stopwatch(Seconds& total) : total_(total), begin_(std::chrono::steady_clock::now()) {}
    Stopwatch(const Stopwatch&) = delete;
    Stopwatch& operator=(const Stopwatch&) = delete;
    ~Stopwatch() { total_ += std::chrono::steady_clock::now() - begin_; }

  private:
    Seconds& total_;
    std::chrono::steady_clock::time_point begin_;
};

/// The result of `work`, its time added to `total`.
template <class Work>
auto timed(Seconds& total, Work work) {
    const Stopwatch stopwatch(total);
    return work();
}

/// A stage of a pipeline on a thread of its own: calls `produce` until it returns nothing or an error, with
/// at most `lead` over whoever pulls, which is one thread. Destruction stops the stage within one item.
template <class Item>
class Stage {
  public:
    using Produced = Result<std::optional<Item>>;

    Stage(Lead lead, std::function<Produced()> produce)
        : queue_(lead), thread_([this, produce = std::move(produce)] { work(produce); }) {}
    Stage(const Stage&) = delete;
    Stage& operator=(const Stage&) = delete;
    ~Stage() { queue_.abandon(); }

    /// The next item; nothing at the end; the error that ended the stage.
    [[nodiscard]] Produced next() {
        auto produced = queue_.pop();
        return produced ? *std::move(produced) : Produced(std::nullopt);
    }

    /// Whether the stage has nothing to do until more is taken: its processor is free.
    [[nodiscard]] bool rests() const { return ended_ || queue_.writer_rests(); }

    /// How long the stage has worked; to be read after its end.
    [[nodiscard]] Seconds busy() const noexcept { return busy_; }

  private:
    void work(const std::function<Produced()>& produce) {
        bool more = true;
        while (more) {
            auto produced = timed(busy_, produce);
            more = produced.has_value() && produced->has_value();
            more = queue_.push(std::move(produced)) && more;
        }
        queue_.close();
        ended_ = true;
    }

    BoundedQueue<Produced> queue_;
    Seconds busy_{0};
    std::atomic<bool> ended_ = false;
    std::jthread thread_;  ///< last: it uses what stands above
};

}  // namespace posed::pipeline
