// Submitting, joining, and what lists and streams see of it.

#include "tasks/submit.h"

#include <latch>
#include <set>
#include <thread>

#include <gmock/gmock.h>

#include "base/identifiers.h"
#include "tasks/cancel.h"
#include "tasks/find.h"
#include "tasks/live_workers.h"
#include "tasks/outbox.h"
#include "tasks/sample_tasks.h"

namespace posed::tasks {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;
using namespace std::chrono_literals;

class SubmitTest : public TaskSuite {
  protected:
    /// Open rows that no broker has taken an announcement for.
    std::int64_t unannounced() {
        return records->read()
            .query("SELECT COUNT(*) AS n FROM tasks WHERE announced_at IS NULL AND finished_at IS NULL")
            .at(0)
            .get<std::int64_t>("n");
    }
};
INSTANTIATE_TEST_SUITE_P(, SubmitTest, every_backend(), name_of_backend);

std::vector<std::string> ids_of(const std::vector<Task>& tasks) {
    std::vector<std::string> ids;
    for (const auto& task : tasks)
        ids.push_back(task.id);
    return ids;
}

TEST_P(SubmitTest, KeepsWhatWasAskedFor) {
    auto asked = estimate('a');
    asked.pins = Pins{.estimator = "blazepose-full", .weights_digest = "1a2b", .engine_revision = 3};
    asked.subjects = {.video = 5, .estimation = 6};
    const auto submission = submitted(asked);
    EXPECT_FALSE(submission.joined);
    const auto task = row(submission.task.id);
    EXPECT_EQ(task.state, State::pending);
    EXPECT_EQ(task.request.kind, asked.kind);
    EXPECT_EQ(task.request.queue, asked.queue);
    EXPECT_EQ(task.request.parameters, asked.parameters);
    EXPECT_EQ(task.request.recipe_hash, asked.recipe_hash);
    EXPECT_EQ(task.request.pins, asked.pins);
    EXPECT_EQ(task.request.subjects, asked.subjects);
    EXPECT_EQ(task.created_at, clock.now());
    EXPECT_EQ(task.due_at, clock.now());
    EXPECT_EQ(task.submits, 1);
    EXPECT_FALSE(task.started_at || task.finished_at || task.progress || task.error || task.result);
}

TEST_P(SubmitTest, JoinsTheOpenTaskOfItsRecipe) {
    const auto id = submitted('a');
    EXPECT_NE(submitted('b'), id);
    const auto second = submitted(estimate('a'));
    EXPECT_TRUE(second.joined);
    EXPECT_EQ(second.task.id, id);
    EXPECT_EQ(second.task.submits, 2);

    const auto task = leased("t").value();
    EXPECT_TRUE(submitted(estimate('a')).joined);
    ASSERT_TRUE(succeeded(lease_of(task, "t")));
    EXPECT_FALSE(submitted(estimate('a')).joined);
}

TEST_P(SubmitTest, FiftyAtOnceMakeOneTask) {
    constexpr int threads = 10, each = 5;
    std::latch begin(threads);
    std::vector<std::vector<Submission>> submissions(threads);
    {
        std::vector<std::jthread> submitters;
        for (auto& own : submissions)
            submitters.emplace_back([&] {
                begin.arrive_and_wait();
                for (int i = 0; i < each; ++i) {
                    auto transaction = records->write();
                    own.push_back(
                        submit(transaction, new_uuid_v7(clock, random), estimate('a'), 1000).value());
                    transaction.commit();
                }
            });
    }
    int made = 0;
    std::set<std::string> ids;
    for (const auto& own : submissions)
        for (const auto& submission : own) {
            made += submission.joined ? 0 : 1;
            ids.insert(submission.task.id);
        }
    EXPECT_EQ(made, 1);
    ASSERT_EQ(ids.size(), 1U);
    EXPECT_EQ(row(*ids.begin()).submits, threads * each);
}

TEST_P(SubmitTest, MakesANewTaskWhileItsTwinIsBeingCancelled) {
    const auto id = submitted('a');
    ASSERT_TRUE(leased("t"));
    ASSERT_EQ(cancelled(id)->state, State::started);
    const auto second = submitted(estimate('a'));
    EXPECT_FALSE(second.joined);
    EXPECT_NE(second.task.id, id);
    EXPECT_TRUE(submitted(estimate('a')).joined);
}

TEST_P(SubmitTest, IsRefusedByAFullQueueUnlessItJoins) {
    submitted('a');
    submitted('b');
    ASSERT_TRUE(leased("t"));
    const auto result = [&](char recipe, std::int64_t open_tasks_max) {
        auto transaction = records->write();
        return submit(transaction, new_uuid_v7(clock, random), estimate(recipe), open_tasks_max);
    };
    EXPECT_EQ(result('c', 2).error().code, Code::unavailable);
    EXPECT_THAT(result('c', 2).error().suggestion, HasSubstr("30 seconds"));
    EXPECT_TRUE(result('b', 2).has_value());
    EXPECT_TRUE(result('c', 3).has_value());
    auto transaction = records->read();
    EXPECT_EQ(list_tasks(transaction, {}, 0, 10).total, 2);
}

TEST_P(SubmitTest, FindsTheNewestResultThatIsStillThere) {
    const auto newest = [&] {
        auto transaction = records->read();
        return newest_success(transaction, std::string(64, 'a'));
    };
    EXPECT_FALSE(newest());
    for (const std::int64_t result : {7, 8}) {
        submitted('a');
        ASSERT_TRUE(succeeded(lease_of(leased("t").value(), "t"), result));
        clock.advance(1s);
    }
    EXPECT_EQ(newest()->result->id, 8);
    const auto marked =
        committed([](auto& transaction) { return mark_result_deleted(transaction, "estimation", 8); });
    EXPECT_EQ(marked, 1);
    EXPECT_EQ(newest()->result->id, 7);
}

TEST_P(SubmitTest, ListsWhatMatchesNewestFirst) {
    auto about_video = estimate('a');
    about_video.subjects.video = 5;
    auto drawing = estimate('b');
    drawing.kind = "draw";
    drawing.queue = "default";
    drawing.subjects = {.video = 5, .estimation = 6};
    const auto a = submitted(about_video).task.id;
    const auto b = submitted(drawing).task.id;
    const auto c = submitted('c');
    cancelled(c);
    const auto listed = [&](const TaskFilter& filter, std::int64_t skip = 0, std::int64_t limit = 10) {
        auto transaction = records->read();
        const auto list = list_tasks(transaction, filter, skip, limit);
        for (const auto& task : list.tasks)
            EXPECT_TRUE(matches(filter, task));
        EXPECT_EQ(list.total, std::ssize(list_tasks(transaction, filter, 0, 1000).tasks));
        return ids_of(list.tasks);
    };
    EXPECT_THAT(listed({}), ElementsAre(c, b, a));
    EXPECT_THAT(listed({}, 1, 1), ElementsAre(b));
    EXPECT_THAT(listed({.state = State::revoked}), ElementsAre(c));
    EXPECT_THAT(listed({.kind = "draw"}), ElementsAre(b));
    EXPECT_THAT(listed({.queue = "inference"}), ElementsAre(c, a));
    EXPECT_THAT(listed({.subjects = {.video = 5}}), ElementsAre(b, a));
    EXPECT_THAT(listed({.subjects = {.video = 5, .estimation = 6}}), ElementsAre(b));
    EXPECT_FALSE(matches({.state = State::started}, row(c)));
    EXPECT_FALSE(matches({.subjects = {.video = 5}}, row(c)));
}

TEST_P(SubmitTest, TellsWhatChangedInTheOrderOfTheChanges) {
    std::int64_t seen = 0;
    const auto changed = [&] {
        auto transaction = records->read();
        const auto tasks = changed_tasks(transaction, seen, 10);
        if (!tasks.empty())
            seen = tasks.back().revision;
        EXPECT_THAT(changed_tasks(transaction, newest_revision(transaction), 10), IsEmpty());
        return ids_of(tasks);
    };
    EXPECT_THAT(changed(), IsEmpty());
    const auto a = submitted('a');
    const auto b = submitted('b');
    EXPECT_THAT(changed(), ElementsAre(a, b));
    EXPECT_THAT(changed(), IsEmpty());
    const auto lease = lease_of(leased("t").value(), "t");
    EXPECT_THAT(changed(), ElementsAre(a));
    committed([&](auto& transaction) { return renew(transaction, lease), 0; });
    EXPECT_THAT(changed(), IsEmpty());
    submitted('b');
    committed([&](auto& transaction) { return record_progress(transaction, lease, {.stage = "work"}), 0; });
    EXPECT_THAT(changed(), ElementsAre(b, a));
    ASSERT_TRUE(succeeded(lease));
    cancelled(b);
    EXPECT_THAT(changed(), ElementsAre(a, b));
    committed([](auto& transaction) { return mark_result_deleted(transaction, "estimation", 7); });
    EXPECT_THAT(changed(), ElementsAre(a));
}

TEST_P(SubmitTest, KnowsItsPlaceInTheQueue) {
    const auto a = submitted('a');
    const auto b = submitted('b');
    auto elsewhere = estimate('c');
    elsewhere.queue = "default";
    const auto c = submitted(elsewhere).task.id;
    const auto position = [&](const std::string& id) {
        const auto task = row(id);
        auto transaction = records->read();
        return queue_position(transaction, task);
    };
    EXPECT_EQ(position(a), 1);
    EXPECT_EQ(position(b), 2);
    EXPECT_EQ(position(c), 1);
    ASSERT_EQ(leased("t")->id, a);
    EXPECT_EQ(position(a), std::nullopt);
    EXPECT_EQ(position(b), 1);
    auto transaction = records->read();
    EXPECT_THAT(count_open_tasks(transaction), UnorderedElementsAre(OpenTasks{"inference", State::pending, 1},
                                                                    OpenTasks{"inference", State::started, 1},
                                                                    OpenTasks{"default", State::pending, 1}));
}

TEST_P(SubmitTest, SaysWhatItWaitsForWhenNobodyCanServeIt) {
    auto asked = estimate('a');
    asked.pins = Pins{.estimator = "sam-3d-body", .weights_digest = "1a2b", .engine_revision = 3};
    const auto id = submitted(asked).task.id;
    const auto reason = [&] {
        const auto task = row(id);
        auto transaction = records->read();
        return waiting_for(transaction, task);
    };
    const auto beat = [&](const WorkerRecord& record) {
        committed([&](auto& transaction) { return record_heartbeat(transaction, record), 0; });
    };
    EXPECT_THAT(reason().value(),
                HasSubstr("estimate (parameters of version 1) with sam-3d-body (weights 1a2b, "
                          "engine revision 3)"));

    capabilities = {capable_of("estimate", asked.pins)};
    capabilities[0].unavailable_reason = "its weights are missing";
    beat(worker("first"));
    EXPECT_THAT(reason().value(), HasSubstr("its weights are missing"));

    capabilities = {capable_of("estimate", asked.pins)};
    beat(worker("second"));
    EXPECT_EQ(reason(), std::nullopt);
    clock.advance(heartbeat_timeout + 1s);
    EXPECT_TRUE(reason());
    beat(worker("second"));
    EXPECT_EQ(reason(), std::nullopt);
    ASSERT_TRUE(leased("t"));
    clock.advance(heartbeat_timeout + 1s);
    EXPECT_EQ(reason(), std::nullopt);
}

/// Notes what is announced, and can be away.
class NotingAnnouncer final : public Announcer {
  public:
    bool announce(const std::string& queue, std::int64_t due) override {
        if (!away)
            announced.push_back(queue + " " + std::to_string(due));
        return !away;
    }
    void wait(const std::string&, std::chrono::microseconds, const std::stop_token&) override {}

    bool away = false;
    std::vector<std::string> announced;
};

TEST_P(SubmitTest, IsAnnouncedForAsLongAsItIsDue) {
    NotingAnnouncer announcer;
    announcer.away = true;
    submitted('a');
    submitted('b');
    announce_due(*records, announcer);
    EXPECT_EQ(unannounced(), 2);
    announcer.away = false;
    announce_due(*records, announcer);
    EXPECT_EQ(unannounced(), 0);
    announce_due(*records, announcer);
    EXPECT_THAT(announcer.announced, ElementsAre("inference 2", "inference 2"));

    announcer.announced.clear();
    ASSERT_EQ(failed(lease_of(leased("t").value(), "t"), Verdict::transient), State::retry);
    announce_due(*records, announcer);
    EXPECT_THAT(announcer.announced, ElementsAre("inference 1"));
    EXPECT_EQ(unannounced(), 1);
    clock.advance(first_retry_delay);
    announce_due(*records, announcer);
    EXPECT_THAT(announcer.announced, ElementsAre("inference 1", "inference 2"));
    EXPECT_EQ(unannounced(), 0);
}

}  // namespace
}  // namespace posed::tasks
