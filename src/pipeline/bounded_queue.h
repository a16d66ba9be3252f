#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

namespace posed::pipeline {

/// How far a writer may be ahead of its reader, in items. Once it is ahead by `most` it rests until no more
/// than `rest_until` are left: the two then have the processors in turns of some length, instead of taking
/// them from each other item by item.
struct Lead {
    std::size_t most = 1;
    std::size_t rest_until = 0;
};

/// Joins two stages that run side by side: one thread pushes, one pops. Either side may end it: `close` lets
/// the reader empty the queue, `abandon` also frees a writer that waits.
template <class Item>
class BoundedQueue {
  public:
    explicit BoundedQueue(Lead lead) : lead_(lead) {}

    /// Takes the item, then waits until there is room for the next. False when the reader has abandoned the
    /// queue: the item is dropped.
    bool push(Item item) {
        std::unique_lock lock(mutex_);
        if (!abandoned_)
            items_.push_back(std::move(item));
        changed_.notify_all();
        if (items_.size() >= lead_.most) {
            rests_ = true;
            changed_.wait(lock, [&] { return items_.size() <= lead_.rest_until || abandoned_; });
            rests_ = false;
        }
        return !abandoned_;
    }

    /// Whether the writer waits for room.
    [[nodiscard]] bool writer_rests() const {
        const std::lock_guard lock(mutex_);
        return rests_ && items_.size() > lead_.rest_until;
    }

    /// Waits for an item. Nothing when the queue is closed and empty, or abandoned.
    std::optional<Item> pop() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return !items_.empty() || closed_ || abandoned_; });
        if (items_.empty() || abandoned_)
            return std::nullopt;
        std::optional<Item> item(std::move(items_.front()));
        items_.pop_front();
        changed_.notify_all();
        return item;
    }

    void close() {
        const std::lock_guard lock(mutex_);
        closed_ = true;
        changed_.notify_all();
    }

    void abandon() {
        const std::lock_guard lock(mutex_);
        abandoned_ = true;
        items_.clear();
        changed_.notify_all();
    }

  private:
    const Lead lead_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Item> items_;
    bool rests_ = false;
    bool closed_ = false;
    bool abandoned_ = false;
};

}  // namespace posed::pipeline
