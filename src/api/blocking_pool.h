#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <utility>

namespace boost::asio {
class thread_pool;
}

namespace posed::api {

/// Threads for jobs that may wait: for the database, for the disk. Jobs begin in the order in which they
/// come. The server owns it; every thread may use it.
///
/// Asio's pool alone wakes a sleeping thread for every job, which costs more than most jobs do and more than
/// letting an awake one take the next. Here at most one thread is on its way at any time, and calls another
/// when it arrives and jobs are left. So jobs that wait hold up no others while threads are left, and short
/// ones need few threads.
class BlockingPool {
  public:
    explicit BlockingPool(unsigned threads);
    ~BlockingPool();  ///< ends the threads; what has not begun never does

    /// `job` throws nothing, and need only be movable.
    template <class Job>
    void post(Job job) {
        add(std::make_unique<StepOf<Job>>(std::move(job)));
    }

    /// Returns when all jobs are done; nobody may post any more.
    void join();

  private:
    struct Step {
        virtual ~Step() = default;
        virtual void run() = 0;
    };

    template <class Job>
    struct StepOf final : Step {
        explicit StepOf(Job posted) : job(std::move(posted)) {}
        void run() override { job(); }

        Job job;
    };

    void add(std::unique_ptr<Step> step);
    void call_thread();
    void work();
    [[nodiscard]] std::unique_ptr<Step> next();

    std::mutex mutex_;
    std::deque<std::unique_ptr<Step>> steps_;
    bool thread_is_coming_ = false;
    std::unique_ptr<boost::asio::thread_pool> threads_;  ///< end before what they use
};

}  // namespace posed::api
