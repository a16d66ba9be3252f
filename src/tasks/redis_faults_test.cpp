// Redis fails while workers work: every task must become final, once. Workers, the outbox and Redis are real;
// counts are printed.

#include <atomic>
#include <condition_variable>
#include <csignal>
#include <iostream>
#include <iterator>
#include <mutex>
#include <thread>

#include <gmock/gmock.h>

#include "tasks/find.h"
#include "tasks/outbox.h"
#include "tasks/redis_connection.h"
#include "tasks/sample_worker.h"

namespace posed::tasks {
namespace {

using namespace std::chrono_literals;

constexpr int tasks_per_fault = 30;

auto backends_with_redis() {
    std::vector<Backend> with_redis;
    std::ranges::copy_if(backends(), std::back_inserter(with_redis), &Backend::needs_servers);
    return testing::ValuesIn(with_redis);
}

/// Two workers of two slots, and a server that announces ten times a second.
class RedisFaults : public WorkerSuite {
  protected:
    void SetUp() override {
        TaskSuite::SetUp();
        if (IsSkipped())
            return;
        const auto handler = [this](const Task&, TaskRun& run) {
            pause(20ms);
            return record(run);
        };
        for (int i = 0; i < 2; ++i)
            workers_.push_back(make_worker(handler, 2));
        for (const auto& worker : workers_)
            threads_.emplace_back([this, &worker] { worker->run(stop_.get_token()); });
        outbox_ = GetParam().make_announcer(*records);
        threads_.emplace_back([this] {
            while (!stop_.stop_requested()) {
                announce_due(*records, *outbox_);
                pause(100ms);
            }
        });
    }

    void TearDown() override {
        stop_.request_stop();
        threads_.clear();
    }

    static void say(const RedisCommand& command) {
        const auto address = parse_redis_url(sample_redis().url()).value();
        (void)RedisConnection::open(address, 5s).value()->ask(command, 5s).value();
    }

    void pause(std::chrono::milliseconds duration) {
        std::mutex mutex;
        std::condition_variable_any never;
        std::unique_lock lock(mutex);
        never.wait_for(lock, stop_.get_token(), duration, [] { return false; });
    }

    void submit(int count) {
        for (int i = 0; i < count; ++i) {
            auto task = estimate('0');
            const auto number = std::to_string(submitted_++);
            task.recipe_hash.replace(64 - number.size(), number.size(), number);
            (void)submitted(task);
            pause(10ms);
        }
    }

    std::int64_t count(const std::optional<State>& state) {
        auto transaction = records->read();
        return list_tasks(transaction, {.state = state}, 0, 1).total;
    }

    bool all_final(std::chrono::seconds within = 60s) {
        const auto end = std::chrono::steady_clock::now() + within;
        while (count(State::success) < submitted_)
            if (pause(20ms); std::chrono::steady_clock::now() > end)
                return false;
        return true;
    }

    /// Every task is final, ran once, and has one row.
    void expect_each_once(const char* fault) {
        const auto begin = std::chrono::steady_clock::now();
        EXPECT_TRUE(all_final());
        const std::chrono::duration<double> rest = std::chrono::steady_clock::now() - begin;
        EXPECT_EQ(count({}), submitted_);
        EXPECT_EQ(recorded_rows(), submitted_);
        EXPECT_EQ(runs(), submitted_);
        std::cout << "counts, " << fault << ": " << submitted_ << " submitted, " << count(State::success)
                  << " SUCCESS, " << count({}) - count(State::success) << " in other states, "
                  << recorded_rows() << " recorded, " << runs() << " runs, final " << rest.count()
                  << " s after the last submit\n";
    }

  private:
    std::stop_source stop_;
    std::vector<std::unique_ptr<Worker>> workers_;
    std::unique_ptr<Announcer> outbox_;
    std::atomic<int> submitted_ = 0;
    std::vector<std::jthread> threads_;  ///< last: they use the others
};
INSTANTIATE_TEST_SUITE_P(, RedisFaults, backends_with_redis(), name_of_backend);

TEST_P(RedisFaults, NoneAtAll) {
    submit(tasks_per_fault);
    expect_each_once("no fault");
}

TEST_P(RedisFaults, EverythingIsDeleted) {
    for (int i = 0; i < 3; ++i) {
        submit(tasks_per_fault / 3);
        say({"FLUSHALL"});
    }
    expect_each_once("FLUSHALL");
}

TEST_P(RedisFaults, KilledAndStartedAgain) {
    submit(tasks_per_fault / 2);
    sample_redis().kill();
    submit(tasks_per_fault / 4);
    sample_redis().start();
    submit(tasks_per_fault - tasks_per_fault / 2 - tasks_per_fault / 4);
    expect_each_once("SIGKILL and restart");
}

TEST_P(RedisFaults, HangsForSomeSeconds) {
    submit(tasks_per_fault / 2);
    sample_redis().signal(SIGSTOP);
    submit(tasks_per_fault / 2);
    pause(3s);
    sample_redis().signal(SIGCONT);
    expect_each_once("SIGSTOP for 3 s");
}

TEST_P(RedisFaults, OutOfMemory) {
    submit(tasks_per_fault / 3);
    say({"CONFIG", "SET", "maxmemory", "1"});
    submit(tasks_per_fault / 3);
    EXPECT_TRUE(all_final());
    say({"CONFIG", "SET", "maxmemory", "0"});
    submit(tasks_per_fault / 3);
    expect_each_once("out of memory");
}

TEST_P(RedisFaults, GoneWhileTasksAreSubmittedAndFinished) {
    sample_redis().kill();
    submit(tasks_per_fault / 2);
    EXPECT_TRUE(all_final());
    submit(tasks_per_fault / 4);
    sample_redis().start();
    submit(tasks_per_fault - tasks_per_fault / 2 - tasks_per_fault / 4);
    expect_each_once("gone");
}

}  // namespace
}  // namespace posed::tasks
