#include "tasks/recovery.h"

#include <gmock/gmock.h>

#include "database/workers.h"
#include "tasks/sample_tasks.h"

namespace posed::tasks {
namespace {

using namespace std::chrono_literals;
using testing::IsEmpty;

class RecoveryTest : public TaskSuite {};
INSTANTIATE_TEST_SUITE_P(, RecoveryTest, every_backend(), name_of_backend);

TEST_P(RecoveryTest, EndsEveryRunAtOnceAndCountsAnAttempt) {
    const auto a = submitted('a');
    const auto b = submitted('b');
    const auto waiting = submitted('c');
    ASSERT_EQ(leased("t1")->id, a);
    ASSERT_EQ(leased("t2")->id, b);

    EXPECT_EQ(end_everything_unfinished(*records, random), 2);

    for (const auto& id : {a, b}) {
        const auto task = row(id);
        EXPECT_EQ(task.state, State::retry);
        EXPECT_EQ(task.attempts, 1);
        ASSERT_TRUE(task.error);
        EXPECT_EQ(task.error->code, "worker_lost");
    }
    EXPECT_EQ(row(waiting).state, State::pending);
    EXPECT_EQ(row(waiting).attempts, 0);
    EXPECT_EQ(end_everything_unfinished(*records, random), 0);
}

TEST_P(RecoveryTest, TakesTheLeaseFromARunThatIsStillAlive) {
    submitted('a');
    const auto lease = lease_of(leased("t1").value(), "t1");
    end_everything_unfinished(*records, random);
    EXPECT_FALSE(succeeded(lease));
}

TEST_P(RecoveryTest, EndsAsCancelledWhatWasToBeCancelled) {
    const auto id = submitted('a');
    ASSERT_TRUE(leased("t1"));
    ASSERT_TRUE(cancelled(id));
    EXPECT_EQ(end_everything_unfinished(*records, random), 1);
    EXPECT_EQ(row(id).state, State::revoked);
}

TEST_P(RecoveryTest, GivesUpATaskThatKilledTheServiceAtEveryAttempt) {
    const auto id = submitted('a');
    for (int i = 1; i <= max_attempts; ++i) {
        ASSERT_TRUE(leased("t" + std::to_string(i)));
        EXPECT_EQ(end_everything_unfinished(*records, random), 1);
        clock.advance(longest_retry_delay);
    }
    EXPECT_EQ(row(id).state, State::failure);
}

TEST_P(RecoveryTest, EndsAllWorkers) {
    committed([&](auto& transaction) {
        database::Workers(transaction).add(worker("w1"));
        database::Workers(transaction).add(worker("w2"));
        return 0;
    });
    end_everything_unfinished(*records, random);
    auto transaction = records->read();
    EXPECT_THAT(database::Workers(transaction).live(0s), IsEmpty());
}

TEST_P(RecoveryTest, EndsTheRunsOfOneWorkerAloneAndThatWorker) {
    committed([&](auto& transaction) {
        database::Workers(transaction).add(worker("dead"));
        database::Workers(transaction).add(worker("alive"));
        return 0;
    });
    const auto a = submitted('a');
    const auto b = submitted('b');
    ASSERT_EQ(leased("t1", "dead")->id, a);
    const auto lease = lease_of(leased("t2", "alive").value(), "t2");

    EXPECT_EQ(end_unfinished_of("dead", *records, random), 1);

    EXPECT_EQ(row(a).state, State::retry);
    EXPECT_EQ(row(a).attempts, 1);
    EXPECT_EQ(row(a).error.value().code, "worker_lost");
    EXPECT_EQ(row(b).state, State::started);
    EXPECT_EQ(end_unfinished_of("dead", *records, random), 0);
    EXPECT_TRUE(succeeded(lease));
    auto transaction = records->read();
    const auto live = database::Workers(transaction).live(0s);
    ASSERT_EQ(live.size(), 1U);
    EXPECT_EQ(live.front().id, "alive");
}

}  // namespace
}  // namespace posed::tasks
