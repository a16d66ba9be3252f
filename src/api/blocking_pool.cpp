#include "api/blocking_pool.h"

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

namespace posed::api {

BlockingPool::BlockingPool(unsigned threads)
    : threads_(std::make_unique<boost::asio::thread_pool>(threads)) {}

BlockingPool::~BlockingPool() = default;

void BlockingPool::join() {
    threads_->join();
}

void BlockingPool::add(std::unique_ptr<Step> step) {
    {
        const std::lock_guard lock(mutex_);
        steps_.push_back(std::move(step));
        if (std::exchange(thread_is_coming_, true))
            return;
    }
    call_thread();
}

void BlockingPool::call_thread() {
    boost::asio::post(*threads_, [this] { work(); });
}

void BlockingPool::work() {
    {
        const std::lock_guard lock(mutex_);
        thread_is_coming_ = false;
    }
    while (const auto step = next())
        step->run();
}

std::unique_ptr<BlockingPool::Step> BlockingPool::next() {
    std::unique_ptr<Step> step;
    bool call_another = false;
    {
        const std::lock_guard lock(mutex_);
        if (steps_.empty())
            return nullptr;
        step = std::move(steps_.front());
        steps_.pop_front();
        call_another = !steps_.empty() && !std::exchange(thread_is_coming_, true);
    }
    if (call_another)
        call_thread();
    return step;
}

}  // namespace posed::api
