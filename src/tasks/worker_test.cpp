// The worker driven by hand, with handlers that do what real ones may do, and worse. The test turns the
// clock.

#include "tasks/worker.h"

#include <stdexcept>

#include <gmock/gmock.h>

#include "database/workers.h"
#include "tasks/cancel.h"
#include "tasks/find.h"
#include "tasks/sample_worker.h"

namespace posed::tasks {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;
using namespace std::chrono_literals;

class WorkerTest : public WorkerSuite {};
INSTANTIATE_TEST_SUITE_P(, WorkerTest, every_backend(), name_of_backend);

TEST_P(WorkerTest, RecordsTheResultAndTheEndInOneTransaction) {
    const auto id = submitted('a');
    const auto worker = make_worker([&](const Task& task, TaskRun& run) {
        EXPECT_EQ(task.id, id);
        EXPECT_EQ(row(id).state, State::started);
        return record(run);
    });
    EXPECT_TRUE(worker->run_next());
    EXPECT_EQ(row(id).state, State::success);
    EXPECT_EQ(row(id).result, *done);
    EXPECT_EQ(recorded_rows(), 1);
    EXPECT_FALSE(worker->run_next());
    EXPECT_EQ(runs(), 1);
    EXPECT_EQ(outcomes("success"), 1);
}

TEST_P(WorkerTest, RecordsAResultThatTheHandlerOnlyReturns) {
    const auto id = submitted('a');
    EXPECT_TRUE(make_worker([](const Task&, TaskRun&) { return done; })->run_next());
    EXPECT_EQ(row(id).result, *done);
}

TEST_P(WorkerTest, FinishesWithAResultThatIsThereAlready) {
    submitted('a');
    ASSERT_TRUE(succeeded(lease_of(leased("t").value(), "t"), 9));
    const auto twin = submitted('a');
    const auto worker = make_worker([](const Task&, TaskRun&) -> Result<TaskResult> {
        ADD_FAILURE() << "nothing was to be computed";
        return done;
    });
    EXPECT_FALSE(worker->run_next());
    EXPECT_EQ(row(twin).state, State::success);
    EXPECT_EQ(row(twin).result->id, 9);
    EXPECT_EQ(runs(), 0);
}

TEST_P(WorkerTest, TellsMistakesFromTroubleAndTroubleFromOutages) {
    const auto after = [&](char recipe, Code code) {
        const auto id = submitted(recipe);
        EXPECT_TRUE(make_worker([&](const Task&, TaskRun&) -> Result<TaskResult> {
                        return fail(code, "a \x01 message", "a suggestion");
                    })->run_next());
        return row(id);
    };
    const auto mistake = after('a', Code::no_video_stream);
    EXPECT_EQ(mistake.state, State::failure);
    EXPECT_EQ(
        mistake.error,
        (TaskError{.code = "no_video_stream", .detail = R"(a \x01 message)", .suggestion = "a suggestion"}));
    const auto trouble = after('b', Code::input_output);
    EXPECT_EQ(trouble.state, State::retry);
    EXPECT_EQ(trouble.attempts, 1);
    const auto outage = after('c', Code::unavailable);
    EXPECT_EQ(outage.state, State::pending);
    EXPECT_EQ(outage.attempts, 0);
    EXPECT_GT(outage.due_at, clock.now());
    EXPECT_EQ(outcomes("failure"), 1);
    EXPECT_EQ(outcomes("retry"), 2);
}

TEST_P(WorkerTest, AHandlerThatThrowsFailsItsTaskWithoutTellingWhy) {
    const auto id = submitted('a');
    const auto worker =
        make_worker([](const Task&, TaskRun&) -> Result<TaskResult> { throw std::runtime_error("secret"); });
    for (int i = 0; i < max_attempts; ++i) {
        EXPECT_TRUE(worker->run_next());
        clock.advance(longest_retry_delay);
    }
    EXPECT_EQ(row(id).state, State::failure);
    EXPECT_EQ(row(id).error->code, "internal");
    EXPECT_THAT(row(id).error->detail, Not(HasSubstr("secret")));
}

TEST_P(WorkerTest, ARecordThatFailsLeavesNoRow) {
    const auto id = submitted('a');
    EXPECT_TRUE(make_worker([&](const Task&, TaskRun& run) {
                    return run.commit([&](database::Transaction& transaction) -> Result<TaskResult> {
                        insert_row(transaction, run.token());
                        return fail(Code::not_found, "the video is gone");
                    });
                })->run_next());
    EXPECT_EQ(row(id).state, State::failure);
    EXPECT_EQ(recorded_rows(), 0);
}

TEST_P(WorkerTest, WritesProgressDownWithRateAndEnd) {
    const auto id = submitted('a');
    std::unique_ptr<Worker> worker;
    worker = make_worker([&](const Task&, TaskRun& run) {
        EXPECT_TRUE(run.report("estimate", 0, 100));
        clock.advance(1s);
        EXPECT_TRUE(run.report("estimate", 25, 100));
        const auto before = row(id).revision;
        worker->tick({});
        const auto task = row(id);
        EXPECT_GT(task.revision, before);
        EXPECT_EQ(
            task.progress,
            (Progress{.stage = "estimate", .done = 25, .total = 100, .rate = 25.0, .eta = clock.now() + 3s}));
        clock.advance(400ms);
        EXPECT_TRUE(run.report("estimate", 40, 100));
        worker->tick({});
        EXPECT_EQ(row(id).progress->done, 25);
        clock.advance(100ms);
        worker->tick({});
        EXPECT_EQ(row(id).progress->done, 40);
        EXPECT_TRUE(run.report("estimate", 100, 100));
        return record(run);
    });
    EXPECT_TRUE(worker->run_next());
    EXPECT_EQ(row(id).progress->done, 100);
}

TEST_P(WorkerTest, SeesACancelWithinASecond) {
    const auto id = submitted('a');
    std::unique_ptr<Worker> worker;
    worker = make_worker([&](const Task&, TaskRun& run) -> Result<TaskResult> {
        worker->tick({});
        cancelled(id);
        clock.advance(900ms);
        worker->tick({});
        EXPECT_TRUE(run.stop().stop_requested());
        const auto going_on = run.report("estimate", 1, 10);
        EXPECT_EQ(going_on.error().code, Code::cancelled);
        return going_on.error();
    });
    EXPECT_TRUE(worker->run_next());
    EXPECT_EQ(row(id).state, State::revoked);
    EXPECT_EQ(outcomes("cancelled"), 1);
}

TEST_P(WorkerTest, ACancelBeforeTheCommitLeavesNoRow) {
    const auto id = submitted('a');
    EXPECT_TRUE(make_worker([&](const Task&, TaskRun& run) {
                    cancelled(id);
                    return record(run);
                })->run_next());
    EXPECT_EQ(row(id).state, State::revoked);
    EXPECT_EQ(recorded_rows(), 0);
}

TEST_P(WorkerTest, ASubjectDeletedMeanwhileLeavesNoRow) {
    auto asked = estimate('a');
    asked.subjects.video = 5;
    const auto id = submitted(asked).task.id;
    EXPECT_TRUE(make_worker([&](const Task&, TaskRun& run) {
                    committed([](auto& transaction) { return end_tasks_about(transaction, {.video = 5}); });
                    return record(run);
                })->run_next());
    EXPECT_EQ(row(id).error->code, subject_deleted_code);
    EXPECT_EQ(recorded_rows(), 0);
    EXPECT_EQ(outcomes("lost"), 1);
}

TEST_P(WorkerTest, GivesUpARunThatSaysNothingNew) {
    const auto id = submitted('a');
    std::unique_ptr<Worker> worker;
    auto lasted = 0s;
    worker = make_worker([&](const Task&, TaskRun& run) -> Result<TaskResult> {
        while (true) {
            worker->tick({});
            if (const auto going_on = run.report("estimate", std::min<std::int64_t>(lasted.count(), 60), 100);
                going_on.has_error())
                return going_on.error();
            clock.advance(1s);
            lasted += 1s;
        }
    });
    EXPECT_TRUE(worker->run_next());
    EXPECT_EQ(lasted, 180s);
    EXPECT_EQ(row(id).state, State::retry);
    EXPECT_EQ(row(id).error->code, "stalled");
    EXPECT_EQ(row(id).attempts, 1);
}

TEST_P(WorkerTest, AHungHandlerKeepsNoLeaseEvenAfterACancel) {
    const auto id = submitted('a');
    Reaper reaper(*records, clock, random, silent_log());
    std::unique_ptr<Worker> worker;
    worker = make_worker([&](const Task&, TaskRun&) -> Result<TaskResult> {
        cancelled(id);
        auto hung = 0s;
        for (; row(id).state == State::started && hung < 10min; hung += 1s) {
            worker->tick({});
            reap_for(reaper, 1s);
        }
        EXPECT_EQ(row(id).state, State::revoked);
        EXPECT_GE(hung, 120s);
        EXPECT_LE(hung, 120s + lease_duration + 1s);
        return done;
    });
    EXPECT_TRUE(worker->run_next());
    EXPECT_EQ(outcomes("lost"), 1);
}

TEST_P(WorkerTest, AWorkerStoppedPastItsLeaseLeavesTheTaskToWhoHasItNow) {
    const auto id = submitted('a');
    Reaper reaper(*records, clock, random, silent_log());
    const auto second = make_worker([](const Task&, TaskRun& run) { return record(run); });
    std::unique_ptr<Worker> first;
    first = make_worker([&](const Task&, TaskRun& run) {
        EXPECT_EQ(reap_for(reaper, lease_duration + longest_retry_delay), 1);
        EXPECT_TRUE(second->run_next());
        first->tick({});
        EXPECT_TRUE(run.stop().stop_requested());
        return record(run);
    });
    EXPECT_TRUE(first->run_next());
    EXPECT_EQ(row(id).state, State::success);
    EXPECT_EQ(row(id).attempts, 1);
    EXPECT_EQ(recorded_rows(), 1);
    EXPECT_EQ(outcomes("lost"), 1);
    EXPECT_EQ(outcomes("success"), 1);
}

TEST_P(WorkerTest, AKilledWorkersTaskIsDoneByAnother) {
    const auto id = submitted('a');
    ASSERT_TRUE(leased("of a worker that dies"));
    Reaper reaper(*records, clock, random, silent_log());
    EXPECT_EQ(reap_for(reaper, lease_duration + longest_retry_delay), 1);
    EXPECT_TRUE(make_worker([](const Task&, TaskRun& run) { return record(run); })->run_next());
    EXPECT_EQ(row(id).state, State::success);
    EXPECT_EQ(row(id).attempts, 1);
}

TEST_P(WorkerTest, KeepsItsLeaseForAsLongAsItWorks) {
    const auto id = submitted('a');
    Reaper reaper(*records, clock, random, silent_log());
    std::unique_ptr<Worker> worker;
    worker = make_worker([&](const Task&, TaskRun& run) {
        for (int second = 0; second < 200; ++second) {
            EXPECT_TRUE(run.report("estimate", second, 200));
            worker->tick({});
            EXPECT_EQ(reap_for(reaper, 1s), 0);
        }
        return record(run);
    });
    EXPECT_TRUE(worker->run_next());
    EXPECT_EQ(row(id).state, State::success);
}

TEST_P(WorkerTest, FindsAResultWhoseCommitGaveNoAnswer) {
    // A COMMIT that goes through while its answer is lost is asked for again, and must not record twice.
    const auto id = submitted('a');
    EXPECT_TRUE(make_worker([&](const Task&, TaskRun& run) {
                    EXPECT_TRUE(record(run));
                    return run.commit([](database::Transaction&) -> Result<TaskResult> {
                        ADD_FAILURE() << "recorded already";
                        return done;
                    });
                })->run_next());
    EXPECT_EQ(row(id).state, State::success);
    EXPECT_EQ(recorded_rows(), 1);
    EXPECT_EQ(outcomes("success"), 1);
}

TEST_P(WorkerTest, AnOutageThatReachesTheHandlerCountsNoAttempt) {
    const auto id = submitted('a');
    EXPECT_TRUE(make_worker([](const Task&, TaskRun&) -> Result<TaskResult> {
                    throw database::Unavailable("gone");
                })->run_next());
    EXPECT_EQ(row(id).state, State::pending);
    EXPECT_EQ(row(id).attempts, 0);
}

TEST_P(WorkerTest, RegistersWithItsFirstHeartbeat) {
    const auto worker = make_worker([](const Task&, TaskRun&) { return done; });
    worker->tick({});
    const auto live = [&] {
        auto transaction = records->read();
        return database::Workers(transaction).live(transaction.now() - 1s);
    };
    ASSERT_THAT(live(), SizeIs(1));
    EXPECT_EQ(live().front().capabilities, capabilities);
    clock.advance(4s);
    worker->tick({});
    EXPECT_THAT(live(), SizeIs(0));
    clock.advance(1s);
    worker->tick({});
    EXPECT_THAT(live(), SizeIs(1));
}

}  // namespace
}  // namespace posed::tasks
