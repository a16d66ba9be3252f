// Processes that are killed or stopped in the middle of their work. What was accepted is done once.

#include <algorithm>
#include <chrono>
#include <csignal>
#include <iostream>
#include <random>
#include <set>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include "tests/service/running_service.h"
#include "tests/service/service_client.h"
#include "tests/service/tidiness.h"
#include "tests/support/synthetic_clip.h"

namespace posed::tests {
namespace {

/// A hundred different tasks: seventy estimations, thirty visualizations.
class Load {
  public:
    explicit Load(const ServiceClient& client)
        : client_(client),
          video_(client.uploaded(synthetic_clip())),
          drawn_(client.estimated({.video = video_})) {}

    /// Hands every task in, asking again for as long as the server is away.
    void submit_all(const std::stop_token& stop) {
        for (int i = 0; i < 100; ++i)
            while (!submit(i) && !stop.stop_requested()) {
            }
    }

    [[nodiscard]] std::size_t accepted() const { return tasks_.size(); }

    /// How each of them has ended.
    [[nodiscard]] std::vector<boost::json::value> wait_for_all() const {
        std::vector<boost::json::value> ended;
        for (const auto& task : tasks_)
            ended.push_back(client_.wait_until_final(task));
        return ended;
    }

  private:
    bool submit(int i) {
        const auto answer =
            i % 10 < 3
                ? client_.submit(RenderingWanted{.estimation = drawn_, .crf = 10 + i / 10 * 3 + i % 10})
                : client_.submit(
                      EstimationWanted{.video = video_, .start_seconds = i / 100.0, .duration_seconds = 0.5});
        if (answer.status == 202 || answer.status == 200)
            tasks_.push_back(text(json_of(answer), "task_id"));
        else
            EXPECT_TRUE(answer.status == 0 || answer.status == 503) << answer.status << answer.body;
        return answer.status == 202 || answer.status == 200;
    }

    const ServiceClient& client_;
    std::int64_t video_;
    std::int64_t drawn_;
    std::vector<std::string> tasks_;
};

/// Kills processes of a service, one after another, at moments and in an order that follow from the seed.
class Killer {
  public:
    Killer(RunningService& service, unsigned seed) : service_(service), random_(seed) {}

    void kill_each(int times) {
        std::vector<Part> parts;
        for (const auto part :
             {Part::supervisor, Part::server, Part::inference_worker, Part::rendering_worker, Part::decoder})
            parts.insert(parts.end(), static_cast<std::size_t>(times), part);
        std::ranges::shuffle(parts, random_);
        for (const auto part : parts) {
            wait_a_moment();
            kill(part);
        }
    }

  private:
    /// Until some lines more have been logged, or for a second.
    void wait_a_moment() {
        const auto lines = service_.times_said("\n") + static_cast<int>(random_() % 40);
        eventually([&] { return service_.times_said("\n") >= lines; }, std::chrono::seconds{1});
    }

    void kill(Part part) {
        if (part == Part::supervisor) {
            service_.kill();
            service_.start();
        } else if (const auto ids = service_.processes(part); !ids.empty()) {
            ::kill(ids[random_() % ids.size()], SIGKILL);
        }
        std::cout << "killed the " << name_of(part) << '\n';
    }

    RunningService& service_;
    std::mt19937 random_;
};

/// The result of every task can be read. Returns how many there are.
std::size_t readable(const ServiceClient& client, const std::vector<boost::json::value>& ended) {
    std::set<std::string> results;
    for (const auto& task : ended) {
        if (text(task, "status") != "SUCCESS")
            continue;
        const auto download = text(task, "links/download");
        EXPECT_TRUE(results.insert(download).second) << download << " is the result of two tasks";
        const auto answer = client.get(download);
        EXPECT_EQ(answer.status, 200);
        EXPECT_GT(answer.body.size(), 1000U);
    }
    return results.size();
}

class KilledProcesses : public testing::TestWithParam<unsigned> {};
INSTANTIATE_TEST_SUITE_P(Seeds, KilledProcesses, testing::Values(1U));

TEST_P(KilledProcesses, CostAttemptsAndNoTask) {
    constexpr int times = 2;
    RunningService service;
    const ServiceClient client(service.port());
    Load load(client);
    std::jthread submitting([&](const std::stop_token& stop) { load.submit_all(stop); });
    std::cout << "seed " << GetParam() << '\n';
    Killer(service, GetParam()).kill_each(times);
    submitting.join();
    EXPECT_EQ(load.accepted(), 100U);

    service.wait_until_ready();
    const auto ended = load.wait_for_all();
    std::int64_t attempts = 0;
    for (const auto& task : ended) {
        attempts += number(task, "attempts");
        // Three kills in a row may hit the same task; nothing else may end one.
        if (text(task, "status") != "SUCCESS") {
            EXPECT_EQ(text(task, "status"), "FAILURE");
            EXPECT_EQ(number(task, "attempts"), 3);
        }
    }
    const auto results = readable(client, ended);
    // One estimation was there before.
    EXPECT_EQ(client.count("/estimations/") + client.count("/visualizations/"), results + 1);
    std::cout << ended.size() << " tasks, " << results << " results, " << attempts << " lost runs\n";
    expect_tidy(service);
}

/// The process that runs the task, as the log has it.
pid_t runner_of(const RunningService& service, const std::string& task) {
    const auto log = service.said();
    for (auto at = log.find("the run begins"); at != std::string::npos;
         at = log.find("the run begins", at + 1)) {
        const auto begin = log.rfind('\n', at) + 1;
        const auto line = boost::json::parse(log.substr(begin, log.find('\n', at) - begin));
        if (text(line, "task_id") == task)
            return static_cast<pid_t>(number(line, "pid"));
    }
    throw std::runtime_error("nobody runs the task " + task);
}

TEST(KilledWorkers, HaveTheirTaskTakenUpAgainLongBeforeItsLeaseEnds) {
    RunningService service({.settings = {"POSED_TASK_LEASE=120s"}});
    const ServiceClient client(service.port());
    auto wanted = long_estimation_of(client.uploaded(synthetic_clip()));
    wanted.fps = 12;
    const auto task = client.submitted(wanted);
    ASSERT_TRUE(eventually([&] { return service.times_said("the run begins") == 1; }));
    const auto killed_at = std::chrono::steady_clock::now();
    ::kill(service.process(Part::inference_worker), SIGKILL);
    ASSERT_TRUE(
        eventually([&] { return service.times_said("the run begins") == 2; }, std::chrono::seconds{20}))
        << service.said();
    const std::chrono::duration<double> pause = std::chrono::steady_clock::now() - killed_at;
    client.wait_for(task, "SUCCESS");
    EXPECT_EQ(number(client.task(task), "attempts"), 1);
    EXPECT_EQ(service.times_said("ended runs that a worker has left"), 1);
    EXPECT_TRUE(eventually([&] { return service.times_said(R"("outcome":"success")") == 1; }));
    EXPECT_EQ(client.count("/estimations/"), 1U);
    std::cout << "goes on after " << pause.count() << " s\n";
    expect_tidy(service);
}

TEST(StoppedWorkers, FindTheirTaskGivenToAnotherAndDropIt) {
    RunningService service({.settings = {"POSED_INFERENCE_WORKERS=2"}});
    const ServiceClient client(service.port());
    auto wanted = long_estimation_of(client.uploaded(synthetic_clip()));
    wanted.fps = 12;
    const auto task = client.submitted(wanted);
    ASSERT_TRUE(eventually([&] { return service.times_said("the run begins") == 1; }));
    const auto stopped = runner_of(service, task);
    ::kill(stopped, SIGSTOP);
    client.wait_for(task, "SUCCESS");
    ::kill(stopped, SIGCONT);
    EXPECT_TRUE(eventually([&] { return service.times_said(R"("outcome":"lost")") == 1; })) << service.said();
    EXPECT_EQ(number(client.task(task), "attempts"), 1);
    EXPECT_EQ(service.times_said("the run begins"), 2);
    EXPECT_TRUE(eventually([&] { return service.times_said(R"("outcome":"success")") == 1; }));
    EXPECT_EQ(client.count("/estimations/"), 1U);
    std::cout << "2 runs, " << client.count("/estimations/") << " result\n";
    expect_tidy(service);
}

TEST(StoppedWorkers, GoOnWhenNobodyElseTookTheirTask) {
    RunningService service;
    const ServiceClient client(service.port());
    auto wanted = long_estimation_of(client.uploaded(synthetic_clip()));
    wanted.fps = 12;
    const auto task = client.submitted(wanted);
    client.wait_for(task, "STARTED");
    const auto stopped = service.process(Part::inference_worker);
    ::kill(stopped, SIGSTOP);
    client.wait_for(task, "RETRY");
    ::kill(stopped, SIGCONT);
    client.wait_for(task, "SUCCESS");
    EXPECT_EQ(number(client.task(task), "attempts"), 1);
    EXPECT_TRUE(eventually([&] { return service.times_said(R"("outcome":"success")") == 1; }));
    EXPECT_EQ(client.count("/estimations/"), 1U);
    expect_tidy(service);
}

}  // namespace
}  // namespace posed::tests
