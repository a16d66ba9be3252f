// The worker on threads of its own: outages, many at once, stops. Tests wait for what the others do.

#include <atomic>
#include <future>
#include <latch>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>

#include <gmock/gmock.h>

#include "database/workers.h"
#include "tasks/sample_worker.h"
#include "tasks/worker.h"

namespace posed::tasks {
namespace {

using testing::SizeIs;
using namespace std::chrono_literals;

class WorkerThreadsTest : public WorkerSuite {
  protected:
    /// Waits until the task has come to the state, turning the clock.
    void wait_for_state(const std::string& id, State state) {
        const auto announcer = GetParam().make_announcer(*records);
        while (row(id).state != state) {
            clock.advance(300ms);
            announcer->wait("inference", 20ms, {});
        }
    }
};
INSTANTIATE_TEST_SUITE_P(, WorkerThreadsTest, every_backend(), name_of_backend);

TEST_P(WorkerThreadsTest, AWorkerStoppedPastItsLeasePausesUntilItHasTheLeaseAgain) {
    const auto id = submitted('a');
    std::latch past_the_lease(1);
    std::atomic<bool> asked = false;
    const auto worker = make_worker([&](const Task&, TaskRun& run) {
        clock.advance(1h);
        past_the_lease.count_down();
        EXPECT_TRUE(run.still_mine());
        EXPECT_TRUE(asked);
        return record(run);
    });
    auto run = std::async(std::launch::async, [&] { return worker->run_next(); });
    past_the_lease.wait();
    asked = true;
    worker->tick({});
    EXPECT_TRUE(run.get());
    EXPECT_EQ(row(id).state, State::success);
    EXPECT_EQ(row(id).attempts, 0);
}

TEST_P(WorkerThreadsTest, WaitsOutAnOutageInMidRun) {
    const auto id = submitted('a');
    const auto impatient = open({.wait_max = 1ms});
    std::latch working(1), locked(1);
    const auto worker = make_worker(*impatient, [&](const Task&, TaskRun& run) {
        working.count_down();
        locked.wait();
        return record(run);
    });
    auto run = std::async(std::launch::async, [&] { return worker->run_next(); });
    working.wait();
    {
        const auto lock = hold_everybody_up();
        locked.count_down();
        for (int i = 0; i < 100; ++i)  // past the lease
            pass_half_a_second(*worker);
        EXPECT_NE(run.wait_for(0s), std::future_status::ready);
    }
    while (run.wait_for(0s) != std::future_status::ready)
        pass_half_a_second(*worker);
    EXPECT_TRUE(run.get());
    EXPECT_EQ(row(id).state, State::success);
    EXPECT_EQ(row(id).attempts, 0);
    EXPECT_EQ(recorded_rows(), 1);
}

TEST_P(WorkerThreadsTest, RecordsAgainWhatAnOutageRolledBack) {
    const auto id = submitted('a');
    int calls = 0;
    const auto worker = make_worker([&](const Task&, TaskRun& run) {
        return run.commit([&](database::Transaction& transaction) {
            insert_row(transaction, run.token());
            if (++calls == 1)
                throw database::Unavailable("the connection broke");
            return done;
        });
    });
    drive(*worker);
    EXPECT_EQ(calls, 2);
    EXPECT_EQ(row(id).state, State::success);
    EXPECT_EQ(recorded_rows(), 1);
}

TEST_P(WorkerThreadsTest, LeasesNothingInAnOutage) {
    submitted('a');
    const auto impatient = open({.wait_max = 1ms});
    const auto worker = make_worker(*impatient, [](const Task&, TaskRun& run) { return record(run); });
    auto attempt = [&] { return std::async(std::launch::async, [&] { return worker->run_next(); }).get(); };
    {
        const auto lock = hold_everybody_up();
        EXPECT_FALSE(attempt());
    }
    EXPECT_TRUE(attempt());
}

TEST_P(WorkerThreadsTest, ManyNeverRunOneTaskAtOnceAndOneThatCrashesDisturbsNoOther) {
    constexpr int tasks = 24;
    std::mutex mutex;
    std::multiset<std::string> running;
    std::multiset<std::string> finished;
    std::latch all(tasks);
    const auto crashing = submitted('a');
    const auto handler = [&](const Task& task, TaskRun& run) -> Result<TaskResult> {
        {
            const std::lock_guard lock(mutex);
            running.insert(task.id);
            EXPECT_EQ(running.count(task.id), 1U);
        }
        all.count_down();
        auto result = task.id == crashing ? throw std::runtime_error("crash") : record(run);
        const std::lock_guard lock(mutex);
        running.erase(task.id);
        finished.insert(task.id);
        return result;
    };
    std::stop_source stop;
    std::vector<std::jthread> threads;
    std::vector<std::unique_ptr<Worker>> workers;
    for (int i = 0; i < 2; ++i) {
        workers.push_back(make_worker(handler, 3));
        threads.emplace_back([&stop, &worker = *workers.back()] { worker.run(stop.get_token()); });
    }
    for (int i = 1; i < tasks; ++i)
        submitted(static_cast<char>('a' + i));
    all.wait();
    stop.request_stop();
    threads.clear();
    EXPECT_THAT(finished, SizeIs(tasks - 1));
    EXPECT_EQ(recorded_rows(), tasks - 1);
    EXPECT_EQ(row(crashing).state, State::retry);
    for (const auto& id : finished) {
        EXPECT_EQ(row(id).state, State::success);
        EXPECT_EQ(row(id).attempts, 0);
    }
    EXPECT_EQ(runs(), tasks);
}

TEST_P(WorkerThreadsTest, AStopLetsRunsFinish) {
    const auto id = submitted('a');
    const auto next = submitted('b');
    std::latch working(1), stopped(1);
    const auto worker = make_worker([&](const Task&, TaskRun& run) {
        working.count_down();
        stopped.wait();
        return record(run);
    });
    std::stop_source stop;
    std::jthread thread([&] { worker->run(stop.get_token()); });
    working.wait();
    stop.request_stop();
    stopped.count_down();
    thread.join();
    EXPECT_EQ(row(id).state, State::success);
    EXPECT_EQ(row(next).state, State::pending);
    auto transaction = records->read();
    EXPECT_THAT(database::Workers(transaction).live(0s), SizeIs(0));
}

TEST_P(WorkerThreadsTest, AStopHandsBackWhatDoesNotFinish) {
    const auto id = submitted('a');
    std::latch working(1);
    const auto worker = make_worker([&](const Task&, TaskRun& run) -> Result<TaskResult> {
        working.count_down();
        for (std::int64_t frame = 0;; ++frame)
            if (const auto going_on = run.report("estimate", frame, std::nullopt); going_on.has_error())
                return going_on.error();
    });
    std::stop_source stop;
    std::jthread thread([&] { worker->run(stop.get_token()); });
    working.wait();
    stop.request_stop();
    wait_for_state(id, State::pending);
    thread.join();
    EXPECT_EQ(row(id).attempts, 0);
    EXPECT_EQ(outcomes("handed_back"), 1);
    ASSERT_TRUE(leased("of another"));
}

TEST_P(WorkerThreadsTest, AStopGivesBackTheTaskOfAHandlerThatHangs) {
    const auto id = submitted('a');
    std::latch working(1), released(1);
    const auto worker = make_worker([&](const Task&, TaskRun& run) {
        working.count_down();
        released.wait();
        return record(run);
    });
    std::stop_source stop;
    std::jthread thread([&] { worker->run(stop.get_token()); });
    working.wait();
    stop.request_stop();
    wait_for_state(id, State::pending);
    released.count_down();
    thread.join();
    EXPECT_EQ(row(id).state, State::pending);
    EXPECT_EQ(row(id).attempts, 0);
    EXPECT_EQ(recorded_rows(), 0);
}

}  // namespace
}  // namespace posed::tasks
