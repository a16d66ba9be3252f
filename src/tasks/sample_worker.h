#pragma once

#include <chrono>
#include <cstdint>
#include <future>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/log.h"
#include "base/metrics.h"
#include "tasks/sample_tasks.h"
#include "tasks/worker.h"

namespace posed::tasks {

/// What the sample handlers lead to.
inline const Result<TaskResult> done = TaskResult{.type = "estimation", .id = 7};

/// Workers with a handler for the kind "estimate", and what they leave behind.
class WorkerSuite : public TaskSuite {
  protected:
    std::unique_ptr<Worker> make_worker(Worker::Handler handler, int slots = 1) {
        return make_worker(*records, std::move(handler), slots);
    }

    std::unique_ptr<Worker> make_worker(database::Database& database, Worker::Handler handler,
                                        int slots = 1) {
        auto record = worker("worker " + std::to_string(announcers.size()));
        record.slots = slots;
        announcers.push_back(GetParam().make_announcer(database));
        return std::make_unique<Worker>(
            WorkerSurroundings{.database = database,
                               .announcer = *announcers.back(),
                               .clock = clock,
                               .random = random,
                               .log = silent_log(),
                               .metrics = metrics},
            record, std::map<std::string, Worker::Handler>{{"estimate", std::move(handler)}});
    }

    /// Commits a row of the handler's together with the end of the task.
    static Result<TaskResult> record(TaskRun& run) {
        return run.commit([&](database::Transaction& transaction) {
            insert_row(transaction, run.token());
            return done;
        });
    }

    /// Runs the next task on another thread while this one turns the clock and ticks.
    void drive(Worker& worker) {
        auto run = std::async(std::launch::async, [&] { return worker.run_next(); });
        while (run.wait_for(std::chrono::seconds{0}) != std::future_status::ready)
            pass_half_a_second(worker);
        EXPECT_TRUE(run.get());
    }

    void pass_half_a_second(Worker& worker) {
        clock.advance(std::chrono::milliseconds{500});
        worker.tick({});
        std::this_thread::yield();
    }

    static void insert_row(database::Transaction& transaction, const std::string& key) {
        transaction.execute("INSERT INTO removals (object_key, not_before) VALUES (:key, 0)", {{"key", key}});
    }

    std::int64_t recorded_rows() {
        return records->read().query("SELECT COUNT(*) AS n FROM removals").at(0).get<std::int64_t>("n");
    }

    double runs() {
        return metrics.counter("posed_task_runs_total", "Runs of tasks that began.", {{"kind", "estimate"}})
            .value();
    }

    double outcomes(const std::string& outcome) {
        return metrics
            .counter("posed_task_run_outcomes_total", "Runs of tasks that ended, by how they did.",
                     {{"kind", "estimate"}, {"outcome", outcome}})
            .value();
    }

    Metrics metrics;
    std::vector<std::unique_ptr<Announcer>> announcers;
};

}  // namespace posed::tasks
