#include "api/blocking_pool.h"

namespace posed::api {

/// The destructor ends those that have begun should one of them not.
BlockingPool::BlockingPool(unsigned threads) : BlockingPool() {
    for (unsigned thread = 0; thread < threads; ++thread)
        threads_.emplace_back([this] { work(); });
}

BlockingPool::~BlockingPool() {
    std::deque<std::unique_ptr<Step>> dropped;
    {
        const std::lock_guard lock(mutex_);
        dropped.swap(steps_);
    }
    join();
}

void BlockingPool::join() {
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
    }
    changed_.notify_all();
    threads_.clear();
}

void BlockingPool::add(std::unique_ptr<Step> step) {
    bool call = false;
    {
        const std::lock_guard lock(mutex_);
        steps_.push_back(std::move(step));
        call = calls_another();
    }
    if (call)
        changed_.notify_one();
}

/// Whether a thread that sleeps is to be woken now.
bool BlockingPool::calls_another() {
    return !steps_.empty() && asleep_ > 0 && !std::exchange(thread_is_coming_, true);
}

void BlockingPool::work() {
    while (const auto step = next())
        step->run();
}

/// Nothing at the end.
std::unique_ptr<BlockingPool::Step> BlockingPool::next() {
    std::unique_lock lock(mutex_);
    while (steps_.empty()) {
        if (ending_)
            return nullptr;
        ++asleep_;
        changed_.wait(lock);
        --asleep_;
        thread_is_coming_ = false;
    }
    auto step = std::move(steps_.front());
    steps_.pop_front();
    const bool call = calls_another();
    lock.unlock();
    if (call)
        changed_.notify_one();
    return step;
}

}  // namespace posed::api
