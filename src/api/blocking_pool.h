#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace posed::api {

/// Threads for jobs that may wait: for the database, for the disk. Jobs begin in the order in which they
/// come. The server owns it; every thread may use it.
///
/// To wake a sleeping thread for every job costs more than most jobs do and more than letting an awake one
/// take the next. So at most one thread is on its way at any time, and calls another when it arrives and jobs
/// are left: jobs that wait hold up no others while threads are left, and short ones need few threads. Asio's
/// pool wakes one for each.
class BlockingPool {
  public:
    explicit BlockingPool(unsigned threads);
    BlockingPool(const BlockingPool&) = delete;
    BlockingPool& operator=(const BlockingPool&) = delete;
    ~BlockingPool();  ///< ends the threads; what has not begun never does

    /// `job` throws nothing, and need only be movable. Where there is no memory for it this throws, and the
    /// job is dropped.
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

    BlockingPool() = default;
    void add(std::unique_ptr<Step> step);
    void work();
    [[nodiscard]] std::unique_ptr<Step> next();
    [[nodiscard]] bool calls_another();

    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<std::unique_ptr<Step>> steps_;
    unsigned asleep_ = 0;  ///< threads, with the one that is on its way
    bool thread_is_coming_ = false;
    bool ending_ = false;
    std::vector<std::jthread> threads_;
};

}  // namespace posed::api
