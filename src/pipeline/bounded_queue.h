#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

namespace posed::pipeline {

/// Joins two stages that run side by side: one thread pushes, one pops, and neither gets more than `capacity`
/// items ahead. Either side may end it: `close` lets the reader empty the queue, `abandon` also frees a
/// writer that waits.
template <class Item>
class BoundedQueue {
  public:
    explicit BoundedQueue(std::size_t capacity) : capacity_(capacity) {}

    /// Waits for room. False when the reader has abandoned the queue: the item is dropped.
    bool push(Item item) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return items_.size() < capacity_ || abandoned_; });
        if (abandoned_)
            return false;
        items_.push_back(std::move(item));
        changed_.notify_all();
        return true;
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
    const std::size_t capacity_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Item> items_;
    bool closed_ = false;
    bool abandoned_ = false;
};

}  // namespace posed::pipeline
