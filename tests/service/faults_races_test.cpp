// Requests that cross each other, and what they are about.

#include <atomic>
#include <csignal>
#include <iostream>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/service/backing.h"
#include "tests/service/running_service.h"
#include "tests/service/service_client.h"
#include "tests/service/tidiness.h"
#include "tests/support/synthetic_clip.h"

namespace posed::tests {
namespace {

using Answers = std::vector<ServiceClient::Answer>;

/// The same request from so many clients at once.
template <class Ask>
Answers all_at_once(int clients, const Ask& ask) {
    Answers answers(static_cast<std::size_t>(clients));
    std::atomic<int> waiting{clients};
    std::vector<std::jthread> threads;
    for (auto& answer : answers)
        threads.emplace_back([&] {
            --waiting;
            while (waiting > 0)
                std::this_thread::yield();
            answer = ask();
        });
    threads.clear();
    return answers;
}

/// What stands in that field of the answers.
std::set<std::string> values(const Answers& answers, const std::string& field) {
    std::set<std::string> all;
    for (const auto& answer : answers) {
        EXPECT_THAT(answer.status, testing::AnyOf(200, 201, 202)) << answer.body;
        const auto body = json_of(answer);
        const auto& value = body.as_object().at(field);
        all.insert(value.is_string() ? text(body, field) : std::to_string(number(body, field)));
    }
    return all;
}

class Races : public testing::Test {
  protected:
    /// A run that has given its first frames.
    [[nodiscard]] std::string started(const std::string& task) const {
        client.wait_for(task, "STARTED");
        EXPECT_TRUE(eventually([&] { return client.task(task).at("progress").is_object(); }));
        return task;
    }

    void expect_revoked(const std::string& task, const std::string& code) const {
        const auto ended = client.wait_until_final(task);
        EXPECT_EQ(text(ended, "status"), "REVOKED");
        EXPECT_EQ(text(ended, "error/code"), code);
    }

    /// Of all workers together, as far as they have told.
    [[nodiscard]] double runs() const {
        const std::string name = "\nposed_task_runs_total{";
        const auto metrics = client.get("/metrics").body;
        double sum = 0;
        for (auto at = metrics.find(name); at != std::string::npos; at = metrics.find(name, at + 1))
            sum += std::stod(metrics.substr(metrics.find("} ", at) + 2));
        return sum;
    }

    /// The state that a cancel leaves the task in.
    void expect_cancelled(const std::string& task, int status, const std::string& state) const {
        const auto answer = client.remove("/tasks/" + task + "/");
        EXPECT_EQ(answer.status, status) << answer.body;
        EXPECT_EQ(text(json_of(answer), "status"), state);
    }

    RunningService service;
    ServiceClient client{service.port()};
};

TEST_F(Races, TheSameBytesUploadedAtOnceAreOneVideoAndOneObject) {
    constexpr int clients = 16;
    const auto clip = bytes_of(synthetic_clip());
    const auto answers = all_at_once(clients, [&] { return client.upload(clip); });
    for (const auto& answer : answers)
        EXPECT_EQ(answer.status, 201) << answer.body;
    EXPECT_EQ(values(answers, "id").size(), 1U);
    EXPECT_EQ(values(answers, "storage_key").size(), 1U);
    EXPECT_EQ(client.count("/videos/"), 1U);
    EXPECT_TRUE(eventually([&] { return object_keys(service.data_directory()).size() == 1; }));
    std::cout << clients << " uploads, " << client.count("/videos/") << " video\n";
    expect_tidy(service);
}

TEST_F(Races, FiftyEqualSubmitsAtOnceAreOneTaskAndOneRun) {
    constexpr int clients = 50;
    const auto video = client.uploaded(synthetic_clip());
    const auto answers =
        all_at_once(clients, [&] { return client.submit(EstimationWanted{.video = video}); });
    const auto ids = values(answers, "task_id");
    ASSERT_EQ(ids.size(), 1U);
    client.wait_for(*ids.begin(), "SUCCESS");
    EXPECT_TRUE(eventually([&] { return runs() == 1; })) << runs();
    EXPECT_EQ(service.times_said("the run begins"), 1);
    EXPECT_EQ(client.count("/estimations/"), 1U);
    // Those that came after the end were answered with it, and joined nothing.
    EXPECT_GE(number(client.task(*ids.begin()), "submits"), 1);
    std::cout << clients << " submits, " << number(client.task(*ids.begin()), "submits") << " joined, "
              << service.times_said("the run begins") << " run\n";
    expect_tidy(service);
}

TEST_F(Races, AVideoDeletedWhileItIsEstimatedCanBeUploadedAgainAtOnce) {
    const auto first = client.uploaded(synthetic_clip());
    const auto task = started(client.submitted(long_estimation_of(first)));
    EXPECT_EQ(client.remove("/videos/" + std::to_string(first) + "/").status, 204);
    const auto second = client.uploaded(synthetic_clip());
    EXPECT_NE(second, first);
    expect_revoked(task, "subject_deleted");
    // The same recipe, of the same bytes.
    auto wanted = long_estimation_of(second);
    wanted.fps = 4;
    EXPECT_GT(client.estimated(wanted), 0);
    EXPECT_EQ(client.count("/videos/"), 1U);
    EXPECT_EQ(client.get("/videos/download/" + std::to_string(second) + "/").body,
              bytes_of(synthetic_clip()));
    expect_tidy(service);
}

TEST_F(Races, AnEstimationDeletedWhileItIsDrawnTakesItsVisualizationsAlong) {
    const auto video = client.uploaded(synthetic_clip());
    const auto estimation = client.estimated({.video = video, .duration_seconds = 4, .fps = 24});
    const auto drawn = client.submitted(RenderingWanted{.estimation = estimation});
    client.wait_for(drawn, "SUCCESS");
    const auto task =
        started(client.submitted(RenderingWanted{.estimation = estimation, .preset = "veryslow"}));
    EXPECT_EQ(client.remove("/estimations/" + std::to_string(estimation) + "/").status, 204);
    expect_revoked(task, "subject_deleted");
    EXPECT_EQ(client.submit(RenderingWanted{.estimation = estimation}).status, 404);
    EXPECT_EQ(client.count("/visualizations/"), 0U);
    EXPECT_EQ(client.count("/estimations/"), 0U);
    EXPECT_TRUE(client.task(drawn).at_pointer("/result/deleted").as_bool());
    expect_tidy(service);
}

TEST_F(Races, ASubmitWhileItsTwinIsBeingCancelledIsANewTask) {
    const auto video = client.uploaded(synthetic_clip());
    auto wanted = long_estimation_of(video);
    wanted.fps = 8;
    const auto twin = started(client.submitted(wanted));
    expect_cancelled(twin, 202, "STARTED");
    const auto task = client.submitted(wanted);
    EXPECT_NE(task, twin);
    expect_revoked(twin, "cancelled");
    client.wait_for(task, "SUCCESS");
    EXPECT_EQ(client.count("/estimations/"), 1U);
    expect_tidy(service);
}

TEST_F(Races, ATaskCanBeCancelledInEveryState) {
    const auto video = client.uploaded(synthetic_clip());
    const auto running = started(client.submitted(long_estimation_of(video)));
    const auto waiting = client.submitted(EstimationWanted{.video = video});
    expect_cancelled(waiting, 200, "REVOKED");
    expect_cancelled(running, 202, "STARTED");
    expect_revoked(running, "cancelled");
    expect_cancelled(running, 200, "REVOKED");

    auto retried = long_estimation_of(video);
    retried.start_seconds = 0.5;
    const auto failing = started(client.submitted(retried));
    for (const auto decoder : service.processes(Part::decoder))
        ::kill(decoder, SIGKILL);
    client.wait_for(failing, "RETRY");
    EXPECT_EQ(text(client.task(failing), "error/code"), "decoder_crashed");
    expect_cancelled(failing, 200, "REVOKED");

    const auto done = client.submitted(EstimationWanted{.video = video});
    client.wait_for(done, "SUCCESS");
    expect_cancelled(done, 200, "SUCCESS");
    EXPECT_EQ(client.remove("/tasks/nonsense/").status, 404);
    EXPECT_EQ(client.remove("/tasks/018f0000-0000-7000-8000-000000000000/").status, 410);
    EXPECT_EQ(client.count("/estimations/"), 1U);
    expect_tidy(service);
}

TEST_F(Races, ACancelledRunEndsWithinASecond) {
    const auto video = client.uploaded(synthetic_clip());
    constexpr int times = 3;
    for (int i = 0; i < times; ++i) {
        auto wanted = long_estimation_of(video);
        wanted.start_seconds = 0.1 * i;
        const auto task = started(client.submitted(wanted));
        expect_cancelled(task, 202, "STARTED");
        expect_revoked(task, "cancelled");
        const auto took = seconds_between(client.task(task), "cancel_requested_at", "finished_at");
        std::cout << "cancelled within " << took << " s\n";
        EXPECT_LT(took, 1);
    }
    expect_tidy(service);
}

}  // namespace
}  // namespace posed::tests
