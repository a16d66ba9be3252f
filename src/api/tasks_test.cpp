#include <algorithm>
#include <cctype>

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/sample_service.h"
#include "base/identifiers.h"
#include "tasks/cancel.h"
#include "tasks/end_run.h"
#include "tasks/find.h"

namespace posed::api {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class TasksApi : public ServiceSuite {
  protected:
    void SetUp() override {
        (void)ingest_clip();
        announce_workers();
    }

    /// The path of a task whose window has that many milliseconds.
    std::string submit(int milliseconds = 250) {
        clock.advance(std::chrono::milliseconds(1));
        auto body = boost::json::parse(quarter_second_of(1)).as_object();
        body["duration_seconds"] = milliseconds / 1000.0;
        return post("/estimations/submit/", boost::json::serialize(body)).header("Location");
    }

    template <class Step>
    void commit(Step step) {
        auto transaction = records->write();
        step(transaction);
        transaction.commit();
    }

    Response watch(const std::string& target, const std::string& last_event_id = "") {
        Headers headers;
        if (!last_event_id.empty())
            headers.add("Last-Event-ID", last_event_id);
        return respond({.method = Method::get, .target = target, .headers = headers});
    }
};

TEST_F(TasksApi, TellsWhenARequestHasChangedTasks) {
    int told = 0;
    service->tasks_changed = [&] { ++told; };
    const auto first = submit(250);
    EXPECT_EQ(told, 1);
    (void)submit(250);
    EXPECT_EQ(told, 2) << "joining changes it too";
    EXPECT_EQ(remove(first).status, 200);
    EXPECT_EQ(told, 3);
    (void)get("/tasks/");
    EXPECT_EQ(told, 3);
    EXPECT_EQ(remove("/videos/1/").status, 204);
    EXPECT_EQ(told, 4);
}

TEST_F(TasksApi, ShowsATaskFromItsSubmitToItsEnd) {
    const auto path = submit();
    clock.advance(std::chrono::seconds(3));
    auto task = get(path).json();
    EXPECT_EQ(task.at("status"), "PENDING");
    EXPECT_EQ(task.at("kind"), "estimate");
    EXPECT_EQ(task.at("video_id"), 1);
    EXPECT_EQ(task.at("submits"), 1);
    EXPECT_EQ(task.at("queue_position"), 1);
    EXPECT_TRUE(task.at("waiting_for").is_null());
    EXPECT_EQ(task.at("queued_seconds"), 3);
    EXPECT_TRUE(task.at("run_seconds").is_null());
    EXPECT_EQ(task.at_pointer("/links/events"), boost::json::string(path + "events/"));

    const auto lease = begin_run();
    clock.advance(std::chrono::seconds(2));
    commit([&](auto& transaction) {
        record_progress(transaction, lease,
                        {.stage = "estimating", .done = 1, .total = 3, .rate = 0.5, .eta = clock.now()});
    });
    task = get(path).json();
    EXPECT_EQ(task.at("status"), "STARTED");
    EXPECT_TRUE(task.at("queue_position").is_null());
    EXPECT_EQ(task.at_pointer("/progress/stage"), "estimating");
    EXPECT_EQ(task.at_pointer("/progress/done"), 1);
    EXPECT_EQ(task.at_pointer("/progress/total"), 3);
    EXPECT_EQ(task.at_pointer("/progress/rate"), 0.5);
    EXPECT_TRUE(task.at_pointer("/progress/eta").is_string());
    EXPECT_EQ(task.at("run_seconds"), 2);

    commit([&](auto& transaction) {
        ASSERT_TRUE(succeed(transaction, lease, {.type = "estimation", .id = 7}));
    });
    clock.advance(std::chrono::seconds(9));
    task = get(path).json();
    EXPECT_EQ(task.at("status"), "SUCCESS");
    EXPECT_EQ(task.at("result"),
              (boost::json::value{{"resource_type", "estimation"}, {"resource_id", 7}, {"deleted", false}}));
    EXPECT_EQ(task.at("queued_seconds"), 3);
    EXPECT_EQ(task.at("run_seconds"), 2);
    EXPECT_TRUE(task.at("error").is_null());
}

TEST_F(TasksApi, SaysWhyATaskFailed) {
    const auto path = submit();
    const auto lease = begin_run();
    const tasks::TaskError error{.code = "corrupt_media", .detail = "it broke", .suggestion = "mend it"};
    commit([&](auto& transaction) {
        ASSERT_EQ(fail_run(transaction, lease, tasks::Verdict::permanent, error, random),
                  tasks::State::failure);
    });
    const auto task = get(path).json();
    EXPECT_EQ(task.at("status"), "FAILURE");
    EXPECT_EQ(
        task.at("error"),
        (boost::json::value{{"code", "corrupt_media"}, {"detail", "it broke"}, {"suggestion", "mend it"}}));
}

TEST_F(TasksApi, SaysWhatAWaitingTaskLacks) {
    const auto path = submit();
    clock.advance(std::chrono::minutes(5));
    EXPECT_THAT(std::string(get(path).json().at("waiting_for").as_string()), HasSubstr("blazepose-lite"));
}

TEST_F(TasksApi, KnowsForgottenTasksFromThoseThatNeverWere) {
    const auto path = submit();
    std::string shouted = path.substr(7);
    std::ranges::transform(shouted, shouted.begin(), [](unsigned char c) { return std::toupper(c); });
    EXPECT_EQ(get("/tasks/" + shouted).status, 200);
    for (const auto& id :
         {std::string("7"), std::string("x"), std::string(36, '0'), new_uuid_v7(clock, random)}) {
        EXPECT_EQ(get("/tasks/" + id + "/").status, 404) << id;
        EXPECT_EQ(get("/tasks/" + id + "/events/").status, 404) << id;
        EXPECT_EQ(remove("/tasks/" + id + "/").status, 404) << id;
    }
    work();
    clock.advance(std::chrono::hours(24 * 31));
    commit([&](auto& transaction) {
        ASSERT_EQ(tasks::delete_old_tasks(transaction, config.task_retention), 1);
    });
    const auto forgotten = get(path);
    EXPECT_EQ(forgotten.status, 410);
    EXPECT_EQ(forgotten.code(), "expired");
    EXPECT_EQ(get(path + "events/").status, 410);
    EXPECT_EQ(remove(path).status, 410);
}

TEST_F(TasksApi, CancelsInEveryState) {
    const auto waiting = submit(100);
    EXPECT_EQ(remove(waiting).status, 200);
    EXPECT_EQ(get(waiting).json().at("status"), "REVOKED");
    EXPECT_EQ(remove(waiting).status, 200) << "it is final already";

    const auto running = submit(200);
    const auto lease = begin_run();
    const auto asked = remove(running);
    EXPECT_EQ(asked.status, 202);
    EXPECT_EQ(asked.json().at("status"), "STARTED");
    EXPECT_FALSE(asked.json().at("cancel_requested_at").is_null());
    commit([&](auto& transaction) { ASSERT_EQ(hand_back(transaction, lease), tasks::State::revoked); });
    EXPECT_EQ(remove(running).status, 200);

    const auto finished = submit(250);
    work();
    EXPECT_EQ(remove(finished).status, 200);
    EXPECT_EQ(get(finished).json().at("status"), "SUCCESS");
}

TEST_F(TasksApi, ListsWhatIsAskedFor) {
    const auto first = submit(100);
    const auto second = submit(200);
    ASSERT_EQ(remove(first).status, 200);
    const auto all = get("/tasks/?limit=1");
    EXPECT_EQ(all.header("X-Total-Count"), "2");
    EXPECT_THAT(all.header("Link"), HasSubstr("</tasks/?skip=1&limit=1>; rel=\"next\""));
    EXPECT_EQ(all.json().at(0).at_pointer("/links/self"), boost::json::string(second)) << "newest first";
    EXPECT_THAT(get("/tasks/?state=REVOKED").json().as_array(), SizeIs(1));
    EXPECT_THAT(get("/tasks/?state=PENDING&kind=estimate&video_id=1").json().as_array(), SizeIs(1));
    EXPECT_EQ(get("/tasks/?kind=visualize").body, "[]");
    EXPECT_EQ(get("/tasks/?video_id=2").body, "[]");
    EXPECT_THAT(get("/tasks/?state=done&kind=x&limit=0").wrong_fields(),
                ElementsAre("/state", "/kind", "/limit"));
}

TEST_F(TasksApi, StreamsSnapshotsOfOneTaskUntilItsEnd) {
    const auto path = submit();
    const auto stream = watch(path + "events/");
    const auto& source = std::get<std::unique_ptr<EventSource>>(stream.body);
    const auto first = source->poll().value();
    ASSERT_THAT(first.events, SizeIs(1));
    EXPECT_EQ(first.events.at(0).name, "task");
    EXPECT_EQ(first.events.at(0).data, get(path).body);
    EXPECT_FALSE(first.ended);
    EXPECT_THAT(source->poll().value().events, IsEmpty());
    work();
    const auto last = source->poll().value();
    ASSERT_THAT(last.events, SizeIs(1));
    EXPECT_TRUE(last.ended);
    const auto task = get(path).json();
    EXPECT_EQ(last.events.at(0).id, std::to_string(task.at("revision").as_int64()));

    EXPECT_EQ(watch(path + "events/", last.events.at(0).id).status, Status::no_content);
    EXPECT_EQ(polled(watch(path + "events/", first.events.at(0).id)), last.events);
    EXPECT_EQ(polled(watch(path + "events/", "nonsense")), last.events);
}

TEST_F(TasksApi, StreamsSnapshotsOfAllTasks) {
    const auto before = submit(100);
    const auto all = watch("/tasks/events/");
    const auto ended = watch("/tasks/events/?state=REVOKED&kind=estimate");
    EXPECT_THAT(polled(all), IsEmpty()) << "what was before is in the list";
    const auto path = submit(200);
    ASSERT_EQ(remove(path).status, 200);
    (void)submit(300);
    EXPECT_THAT(polled(all), SizeIs(2)) << "a task that changed twice is told once, as it is now";
    const auto told = polled(ended);
    ASSERT_THAT(told, SizeIs(1));
    EXPECT_EQ(told.at(0).data, get(path).body);
    EXPECT_THAT(polled(watch("/tasks/events/", "0")), SizeIs(3)) << "from the beginning";
    EXPECT_THAT(polled(watch("/tasks/events/", told.at(0).id)), SizeIs(1));
    EXPECT_EQ(get("/tasks/events/?state=x").status, 422);
}

}  // namespace
}  // namespace posed::api
