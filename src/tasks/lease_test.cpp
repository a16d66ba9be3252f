// Leases and every way out of each state, by statements alone: no threads, no waiting.

#include "tasks/lease.h"

#include <gmock/gmock.h>

#include "base/identifiers.h"
#include "base/log.h"
#include "tasks/cancel.h"
#include "tasks/capability.h"
#include "tasks/find.h"
#include "tasks/sample_tasks.h"

namespace posed::tasks {
namespace {

using namespace std::chrono_literals;

class LeaseTest : public TaskSuite {
  protected:
    Standing standing(const Lease& lease) {
        auto transaction = records->read();
        return standing_of(transaction, lease);
    }

    std::optional<State> handed_back(const Lease& lease) {
        return committed([&](auto& transaction) { return hand_back(transaction, lease); });
    }

    void renewed(const Lease& lease) {
        committed([&](auto& transaction) { return renew(transaction, lease), 0; });
    }

    Lease started(char recipe, const std::string& token) {
        submitted(recipe);
        return lease_of(leased(token).value(), token);
    }

    Reaper reaper{*records, clock, random, silent_log()};
};
INSTANTIATE_TEST_SUITE_P(, LeaseTest, every_backend(), name_of_backend);

TEST_P(LeaseTest, GoFirstInFirstOut) {
    const auto a = submitted('a');
    const auto b = submitted('b');
    const auto first = leased("t1").value();
    EXPECT_EQ(first.id, a);
    EXPECT_EQ(first.state, State::started);
    EXPECT_EQ(first.started_at, clock.now());
    EXPECT_EQ(leased("t2")->id, b);
    EXPECT_FALSE(leased("t3"));
}

TEST_P(LeaseTest, AnOlderTaskThatFailedGoesBeforeANewerOneOnceItIsDue) {
    const auto a = started('a', "t1");
    submitted('b');
    submitted('c');
    ASSERT_EQ(failed(a, Verdict::transient), State::retry);
    EXPECT_EQ(leased("t2")->request.recipe_hash.front(), 'b');
    clock.advance(first_retry_delay);
    EXPECT_EQ(leased("t3")->id, a.task_id);
}

TEST_P(LeaseTest, GoOnlyToWhoCanServeThem) {
    auto asked = estimate('a');
    asked.pins = Pins{.estimator = "blazepose-full", .weights_digest = "1a2b", .engine_revision = 3};
    asked.parameter_version = 1;
    submitted(asked);
    const auto refused_to = [&](Capability capability) {
        capabilities = {std::move(capability)};
        return !leased("t");
    };
    const auto right = capable_of("estimate", asked.pins);
    auto wrong = right;
    wrong.task_kind = "draw";
    EXPECT_TRUE(refused_to(wrong));
    wrong = right;
    wrong.parameter_version = 2;
    EXPECT_TRUE(refused_to(wrong));
    wrong = right;
    wrong.estimator = "blazepose-heavy";
    EXPECT_TRUE(refused_to(wrong));
    wrong = right;
    wrong.weights_digest = "ffff";
    EXPECT_TRUE(refused_to(wrong));
    wrong = right;
    wrong.engine_revision = 4;
    EXPECT_TRUE(refused_to(wrong));
    wrong = right;
    wrong.unavailable_reason = "no weights";
    EXPECT_TRUE(refused_to(wrong));
    EXPECT_TRUE(refused_to(capable_of("estimate")));
    EXPECT_FALSE(serves(wrong, asked));
    EXPECT_TRUE(serves(right, asked));
    EXPECT_FALSE(refused_to(right));
}

TEST_P(LeaseTest, AreFoundAgainUnderTheSameToken) {
    // A COMMIT that went through without an answer would otherwise leave the row to nobody until it expires.
    submitted('a');
    submitted('b');
    const auto first = leased("t").value();
    clock.advance(lease_duration);
    EXPECT_EQ(leased("t")->id, first.id);
    EXPECT_EQ(reap_for(reaper, lease_duration - 1s), 0);
}

TEST_P(LeaseTest, SuccessNeedsTheToken) {
    const auto lease = started('a', "t");
    EXPECT_EQ(standing(lease), Standing::held);
    EXPECT_FALSE(succeeded({.task_id = lease.task_id, .token = "other"}));
    EXPECT_TRUE(succeeded(lease));
    EXPECT_EQ(standing(lease), Standing::recorded);
    EXPECT_FALSE(succeeded(lease));
    const auto task = row(lease.task_id);
    EXPECT_EQ(task.state, State::success);
    EXPECT_EQ(task.result, (TaskResult{.type = "estimation", .id = 7}));
    EXPECT_EQ(task.finished_at, clock.now());
    EXPECT_EQ(failed(lease, Verdict::permanent), std::nullopt);
    EXPECT_EQ(handed_back(lease), std::nullopt);
}

TEST_P(LeaseTest, TransientFailuresAreTriedThreeTimesWithGrowingDelays) {
    const auto id = submitted('a');
    auto shortest = std::chrono::microseconds(first_retry_delay) / 2;
    for (const int attempt : {1, 2}) {
        ASSERT_EQ(failed(lease_of(leased("t").value(), "t"), Verdict::transient), State::retry);
        const auto task = row(id);
        EXPECT_EQ(task.attempts, attempt);
        EXPECT_EQ(task.error, (TaskError{.code = "broken", .detail = "it broke", .suggestion = "mend it"}));
        EXPECT_GE(task.due_at, clock.now() + shortest);
        EXPECT_LE(task.due_at, clock.now() + shortest * 2);
        EXPECT_FALSE(leased("t"));
        clock.advance(task.due_at - clock.now());
        shortest *= 2;
    }
    ASSERT_EQ(failed(lease_of(leased("t").value(), "t"), Verdict::transient), State::failure);
    const auto task = row(id);
    EXPECT_EQ(task.attempts, 3);
    EXPECT_EQ(task.error->code, "broken");
    EXPECT_EQ(task.finished_at, clock.now());
    EXPECT_FALSE(leased("t"));
}

TEST_P(LeaseTest, ARetryThatSucceedsForgetsTheError) {
    const auto lease = started('a', "t1");
    ASSERT_EQ(failed(lease, Verdict::transient), State::retry);
    clock.advance(first_retry_delay);
    ASSERT_TRUE(succeeded(lease_of(leased("t2").value(), "t2")));
    EXPECT_EQ(row(lease.task_id).error, std::nullopt);
    EXPECT_EQ(standing(lease), Standing::lost);
}

TEST_P(LeaseTest, ACallersMistakeIsNotTriedAgain) {
    const auto lease = started('a', "t");
    EXPECT_EQ(failed(lease, Verdict::permanent), State::failure);
    EXPECT_EQ(row(lease.task_id).attempts, 1);
}

TEST_P(LeaseTest, OutagesAndHandBacksCountNoAttempt) {
    const auto lease = started('a', "t");
    for (int i = 0; i < 2 * max_attempts; ++i) {
        EXPECT_EQ(failed(lease, Verdict::outage), State::pending);
        EXPECT_FALSE(leased("t"));
        clock.advance(first_retry_delay);
        ASSERT_TRUE(leased("t"));
        EXPECT_EQ(handed_back(lease), State::pending);
        ASSERT_TRUE(leased("t"));
    }
    EXPECT_EQ(row(lease.task_id).attempts, 0);
    ASSERT_EQ(failed(lease, Verdict::transient), State::retry);
    clock.advance(first_retry_delay);
    ASSERT_TRUE(leased("t"));
    EXPECT_EQ(handed_back(lease), State::retry);
}

TEST_P(LeaseTest, ACancelEndsWhatDoesNotRunAtOnce) {
    const auto pending = submitted('a');
    EXPECT_EQ(cancelled(pending)->state, State::revoked);
    EXPECT_EQ(row(pending).error->code, "cancelled");
    EXPECT_EQ(row(pending).finished_at, clock.now());

    const auto retry = started('b', "t");
    ASSERT_EQ(failed(retry, Verdict::transient), State::retry);
    EXPECT_EQ(cancelled(retry.task_id)->state, State::revoked);
    clock.advance(1min);
    EXPECT_FALSE(leased("t"));
    EXPECT_EQ(cancelled(new_uuid_v7(clock, random)), std::nullopt);
}

TEST_P(LeaseTest, ACancelMarksWhatRunsAndWinsOverEveryEnd) {
    const auto until_cancelled = [&](char recipe) {
        auto lease = started(recipe, std::string(1, recipe));
        EXPECT_EQ(cancelled(lease.task_id)->state, State::started);
        EXPECT_EQ(row(lease.task_id).cancel_requested_at, clock.now());
        EXPECT_EQ(standing(lease), Standing::cancelled);
        EXPECT_EQ(cancelled(lease.task_id)->state, State::started);
        return lease;
    };
    const auto a = until_cancelled('a');
    EXPECT_FALSE(succeeded(a));
    EXPECT_EQ(handed_back(a), State::revoked);
    EXPECT_EQ(failed(until_cancelled('b'), Verdict::transient), State::revoked);
    EXPECT_EQ(failed(until_cancelled('c'), Verdict::permanent), State::revoked);
    const auto vanished = until_cancelled('d');
    EXPECT_EQ(reap_for(reaper, lease_duration + 1s), 1);
    EXPECT_EQ(row(vanished.task_id).state, State::revoked);
}

TEST_P(LeaseTest, ACancelLeavesFinalTasksAsTheyAre) {
    const auto a = started('a', "a");
    ASSERT_TRUE(succeeded(a));
    const auto b = started('b', "b");
    ASSERT_EQ(failed(b, Verdict::permanent), State::failure);
    const auto c = submitted('c');
    cancelled(c);
    for (const auto& id : {a.task_id, b.task_id, c}) {
        const auto before = row(id);
        clock.advance(1s);
        EXPECT_EQ(cancelled(id)->state, before.state);
        EXPECT_EQ(row(id).revision, before.revision);
        EXPECT_EQ(row(id).finished_at, before.finished_at);
    }
}

TEST_P(LeaseTest, ADeletedSubjectEndsItsOpenTasks) {
    auto asked = estimate('a');
    asked.subjects.video = 5;
    const auto running = submitted(asked).task.id;
    const auto lease = lease_of(leased("t").value(), "t");
    asked = estimate('b');
    asked.subjects = {.video = 5, .estimation = 6};
    const auto waiting = submitted(asked).task.id;
    asked = estimate('c');
    asked.subjects = {.video = 4, .estimation = 5};
    const auto other = submitted(asked).task.id;
    const auto end = [&](const Subjects& subjects) {
        return committed([&](auto& transaction) { return end_tasks_about(transaction, subjects); });
    };
    EXPECT_EQ(end({.video = 5}), 2);
    for (const auto& id : {running, waiting}) {
        EXPECT_EQ(row(id).state, State::revoked);
        EXPECT_EQ(row(id).error->code, subject_deleted_code);
    }
    EXPECT_EQ(standing(lease), Standing::lost);
    EXPECT_FALSE(succeeded(lease));
    EXPECT_EQ(row(other).state, State::pending);
    EXPECT_EQ(end({.estimation = 5}), 1);
    EXPECT_EQ(end({.video = 4, .estimation = 5}), 0);
}

TEST_P(LeaseTest, OldFinalTasksGoAndAreRememberedByTheirId) {
    const auto open = submitted('a');
    const auto old = submitted('b');
    cancelled(old);
    clock.advance(1h);
    const auto fresh = submitted('c');
    cancelled(fresh);
    clock.advance(29min);
    const auto deleted = [&] {
        return committed([](auto& transaction) { return delete_old_tasks(transaction, 90min); });
    };
    EXPECT_EQ(deleted(), 0);
    clock.advance(1min);
    EXPECT_EQ(deleted(), 1);
    auto transaction = records->read();
    EXPECT_FALSE(find_task(transaction, old));
    EXPECT_TRUE(find_task(transaction, open));
    EXPECT_TRUE(was_deleted_for_age(transaction, old, 90min));
    EXPECT_FALSE(was_deleted_for_age(transaction, new_uuid_v7(clock, random), 90min));
    EXPECT_FALSE(was_deleted_for_age(transaction, "no id", 90min));
}

TEST_P(LeaseTest, RunOutWhenNobodyRenewsThem) {
    const auto lost = started('a', "a");
    const auto kept = started('b', "b");
    EXPECT_EQ(reap_for(reaper, 29s), 0);
    renewed(kept);
    EXPECT_EQ(reap_for(reaper, 1s), 1);
    const auto task = row(lost.task_id);
    EXPECT_EQ(task.state, State::retry);
    EXPECT_EQ(task.attempts, 1);
    EXPECT_EQ(task.error->code, "worker_lost");
    EXPECT_EQ(standing(lost), Standing::lost);
    EXPECT_FALSE(succeeded(lost));
    EXPECT_EQ(standing(kept), Standing::held);
}

TEST_P(LeaseTest, RunningOutThreeTimesIsAFailure) {
    const auto id = submitted('a');
    for (int i = 0; i < max_attempts; ++i) {
        ASSERT_TRUE(leased("t" + std::to_string(i))) << i;
        EXPECT_EQ(reap_for(reaper, lease_duration + longest_retry_delay), 1);
    }
    EXPECT_EQ(row(id).state, State::failure);
    EXPECT_EQ(row(id).attempts, max_attempts);
}

TEST_P(LeaseTest, ARenewalAfterTheEndKeepsARowThatNobodyTook) {
    const auto lease = started('a', "t");
    clock.advance(lease_duration * 2);
    renewed(lease);
    EXPECT_EQ(reap_for(reaper, lease_duration - 1s), 0);
    EXPECT_TRUE(succeeded(lease));
}

TEST_P(LeaseTest, OfAnotherLengthEndByIt) {
    constexpr LeaseTimes brief{.duration = 3s};
    Reaper reaper(*records, clock, random, silent_log(), brief);
    EXPECT_EQ(reap_for(reaper, 1min), 0);
    submitted('a');
    auto transaction = records->write();
    ASSERT_TRUE(lease(
        transaction,
        {.queue = "inference", .owner = "w", .token = "t", .capabilities = capabilities, .times = brief}));
    transaction.commit();
    EXPECT_EQ(reap_for(reaper, 2s), 0);
    EXPECT_EQ(reap_for(reaper, 1s), 1);
    EXPECT_EQ(brief.renewal_interval(), 500ms);
    EXPECT_EQ(LeaseTimes{.duration = 10min}.renewal_interval(), 5s);
}

TEST_P(LeaseTest, AReaperThatHasJustComeWaitsForAWholeLease) {
    started('a', "t");
    clock.advance(1h);
    EXPECT_EQ(reap_for(reaper, lease_duration - 1s), 0);
    EXPECT_EQ(reap_for(reaper, 1s), 1);
}

TEST_P(LeaseTest, AReaperThatSleptWaitsForAWholeLease) {
    EXPECT_EQ(reap_for(reaper, 1min), 0);
    started('a', "t");
    clock.advance(1h);
    EXPECT_EQ(reap_for(reaper, lease_duration - 1s), 0);
    EXPECT_EQ(reap_for(reaper, 1s), 1);
}

TEST_P(LeaseTest, AnOutageMakesTheReaperWaitForAWholeLease) {
    const auto impatient = open({.wait_max = 1ms});
    Reaper reaper(*impatient, clock, random, silent_log());
    EXPECT_EQ(reap_for(reaper, 1min), 0);
    started('a', "t");
    EXPECT_EQ(reap_for(reaper, lease_duration - 1s), 0);
    clock.advance(2s);
    {
        const auto locked = hold_everybody_up();
        EXPECT_EQ(reaper.tick(), 0);
    }
    EXPECT_EQ(reap_for(reaper, lease_duration - 1s), 0);
    EXPECT_EQ(reap_for(reaper, 1s), 1);
}

TEST_P(LeaseTest, ALockUnderWhichNobodyCouldRenewMakesTheReaperWaitForAWholeLease) {
    // Reading went on meanwhile, and the reaper took that for a database that answers: it ended living runs.
    const auto impatient = open({.wait_max = 1ms});
    Reaper reaper(*impatient, clock, random, silent_log());
    EXPECT_EQ(reap_for(reaper, 1min), 0);
    started('a', "t");
    {
        const auto locked = hold_everybody_up();
        EXPECT_EQ(reap_for(reaper, lease_duration - 1s), 0);
    }
    EXPECT_EQ(reap_for(reaper, lease_duration - 1s), 0);
    EXPECT_EQ(reap_for(reaper, 1s), 1);
}

/// After the reading that is `left` readings away, time passes before anything else happens.
class ClockOfAHang final : public Clock {
  public:
    explicit ClockOfAHang(ManualClock& clock) : clock_(clock) {}
    std::chrono::microseconds now() const noexcept override { return clock_.now(); }
    std::chrono::microseconds boot_time() const noexcept override {
        const auto time = clock_.boot_time();
        if (left-- == 0)
            clock_.advance(lease_duration);
        return time;
    }

    mutable int left = -1;

  private:
    ManualClock& clock_;
};

TEST_P(LeaseTest, ADatabaseThatHangsInTheMiddleOfATickEndsNoLeaseThatIsRenewed) {
    // It hung between two statements of one tick, and the reaper ended living runs before they could renew.
    ClockOfAHang hanging(clock);
    Reaper reaper(*records, hanging, random, silent_log());
    const auto lease = started('a', "t");
    int readings = 0;
    do {
        EXPECT_EQ(reap_for(reaper, lease_duration - 1s), 0);
        renewed(lease);
        EXPECT_EQ(reap_for(reaper, lease_duration - 1s), 0);
        renewed(lease);
        hanging.left = readings++;
        EXPECT_EQ(reaper.tick(), 0) << "after reading " << readings;
        renewed(lease);
    } while (hanging.left < 0);
    EXPECT_GT(readings, 3);
    hanging.left = -1;
    EXPECT_EQ(standing(lease), Standing::held);
    EXPECT_EQ(reap_for(reaper, 2 * lease_duration), 1) << "once nobody renews it";
}

TEST_P(LeaseTest, AClockThatJumpsForwardEndsNoLeaseThatIsRenewed) {
    EXPECT_EQ(reap_for(reaper, 1min), 0);
    const auto lease = started('a', "t");
    clock.set(clock.now() + 24h);
    EXPECT_EQ(reap_for(reaper, 5s), 0);
    renewed(lease);
    EXPECT_EQ(reap_for(reaper, lease_duration - 1s), 0);
    EXPECT_EQ(standing(lease), Standing::held);
}

TEST_P(LeaseTest, AClockThatJumpsBackLeavesNoLeaseAndNoRetryForALongTime) {
    EXPECT_EQ(reap_for(reaper, 1min), 0);
    const auto vanished = started('a', "a");
    const auto retried = started('b', "b");
    ASSERT_EQ(failed(retried, Verdict::transient), State::retry);
    clock.set(clock.now() - 24h);
    EXPECT_EQ(leased("c")->id, retried.task_id);
    EXPECT_EQ(reap_for(reaper, lease_duration - 1s), 0);
    renewed({.task_id = retried.task_id, .token = "c"});
    EXPECT_EQ(reap_for(reaper, 1s), 1);
    EXPECT_EQ(row(vanished.task_id).state, State::retry);
}

TEST(RetryDelay, DoublesUpToAMinuteAndIsJittered) {
    SeededRandom random(1);
    for (const auto& [attempts, longest] :
         {std::pair{0, 2s}, {1, 2s}, {2, 4s}, {3, 8s}, {6, 60s}, {1000, 60s}}) {
        std::chrono::microseconds least = 1h, most{0};
        for (int i = 0; i < 100; ++i) {
            const auto delay = retry_delay(attempts, random);
            least = std::min(least, delay);
            most = std::max(most, delay);
        }
        EXPECT_GE(least, longest / 2);
        EXPECT_LE(most, longest);
        EXPECT_GT(most - least, longest / 4);
    }
}

}  // namespace
}  // namespace posed::tasks
