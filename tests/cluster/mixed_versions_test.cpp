// An older program and this one at work at once on one schema, as while one takes the place of the other.
// OLD_PROGRAM names the older: bin/posed of a build of another commit.

#include <algorithm>
#include <csignal>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "tests/cluster/consistency.h"
#include "tests/service/record_queries.h"
#include "tests/support/synthetic_clip.h"

namespace posed::tests {
namespace {

using namespace std::chrono_literals;

class MixedVersions : public ClusterTest {
  protected:
    static constexpr auto older = Machine::first, newer = Machine::second;

    void SetUp() override {
        if (!older_program())
            GTEST_SKIP() << "OLD_PROGRAM names no bin/posed of an older build";
        ClusterTest::SetUp();
        if (IsSkipped())
            return;
        start_on_first(*older_program(), every_role);
        cluster().wait_until_ready();
    }

    /// One after another, each once that before it has ended.
    template <class Roles>
    static void start_on_first(const std::string& program, const Roles& roles) {
        cluster().choose_program(Machine::first, program);
        for (const auto role : roles) {
            stop(role, Machine::first);
            cluster().start(role, Machine::first);
        }
    }

    static void stop(Role role, Machine machine) {
        cluster().process(role, machine).signal(SIGTERM);
        EXPECT_EQ(cluster().process(role, machine).wait().exit_code, 0);
    }

    /// Runs that the workers of a machine have ended since they were started.
    static std::size_t runs_on(Machine machine) {
        std::size_t runs = 0;
        for (const auto role : {Role::inference, Role::rendering}) {
            const auto said = cluster().process(role, machine).said();
            for (auto at = said.find("the run has ended"); at != std::string::npos;
                 at = said.find("the run has ended", at + 1))
                ++runs;
        }
        return runs;
    }

    /// Whether each leaves the tasks of the other's server alone.
    static bool parameters_differ(const std::string& kind) {
        return cluster().rows(
                   "SELECT DISTINCT parameter_version FROM worker_capabilities WHERE task_kind = '" + kind +
                   "'") > 1;
    }
};

TEST_F(MixedVersions, FinishEveryTaskOnce) {
    Load load(cluster(), 3s);
    expect_consistent(cluster(), load, "an older program on one machine");
    std::cout << "counts: runs on the older program's machine: " << runs_on(older)
              << ", on the other: " << runs_on(newer) << std::endl;
    EXPECT_GT(runs_on(older), 0U);
    EXPECT_GT(runs_on(newer), 0U);
}

TEST_F(MixedVersions, ServersAreReplacedFirstAndWorkersWhenTheirTasksAreDone) {
    Load load(cluster(), 4s);
    pause_for(1s);
    start_on_first(posed_program(), std::array{Role::server});
    load.wait();
    EXPECT_TRUE(eventually([] { return cluster().rows(open_tasks) == 0; }));
    start_on_first(posed_program(), std::array{Role::inference, Role::rendering});
    expect_consistent(cluster(), load, "an older program replaced while tasks are submitted");
}

TEST_F(MixedVersions, TasksWaitForWorkersThatReadTheirParameters) {
    const auto video = cluster().client(newer).uploaded(synthetic_clip());
    const auto base = cluster().client(newer).estimated({.video = video});
    int number = 0;
    for (const auto machine : both_machines) {
        ++number;
        for (const auto role : {Role::inference, Role::rendering})
            stop(role, machine);
        const auto client = cluster().client(machine);
        const std::map<std::string, std::string> tasks{
            {"estimate", client.submitted(EstimationWanted{.video = video, .start_seconds = 0.5 * number})},
            {"visualize", client.submitted(RenderingWanted{.estimation = base, .crf = 30 + number})}};
        for (const auto& [kind, task] : tasks) {
            if (!parameters_differ(kind)) {
                client.wait_for(task, "SUCCESS");
                continue;
            }
            pause_for(2 * lease);
            EXPECT_EQ(client.status_of(task), "PENDING") << "somebody ran what he does not understand";
            EXPECT_FALSE(text(client.task(task), "waiting_for").empty());
        }
        for (const auto role : {Role::inference, Role::rendering})
            cluster().start(role, machine);
        for (const auto& [kind, task] : tasks)
            client.wait_for(task, "SUCCESS");
    }
    EXPECT_EQ(cluster().client(older).remove("/videos/" + std::to_string(video) + "/").status, 204);
}

TEST_F(MixedVersions, WhatOnlyTheNewerKnowsIsRefusedByTheOlder) {
    const auto video = cluster().client(older).uploaded(synthetic_clip());
    const auto everybody = R"({"video_id":)" + std::to_string(video) +
                           R"(,"target_width":320,"target_height":320,"target_fps":4,"skip_start_seconds":0,)"
                           R"("duration_seconds":1,"estimator":"blazepose-lite","people":"all"})";
    const auto submit = [&](Machine machine) {
        return cluster().client(machine).post("/estimations/submit/", everybody);
    };
    const auto task = text(json_of(submit(newer)), "task_id");
    cluster().client(newer).wait_for(task, "SUCCESS");
    const auto asked = submit(older);
    if (asked.status == 200)
        EXPECT_EQ(text(json_of(asked), "task_id"), task);
    else
        EXPECT_EQ(asked.status, 422) << asked.body;
    const auto estimation = std::to_string(number(cluster().client(older).task(task), "result/resource_id"));
    EXPECT_EQ(cluster().client(older).get("/estimations/download/" + estimation + "/").status, 200);
    EXPECT_EQ(cluster().client(newer).remove("/videos/" + std::to_string(video) + "/").status, 204);
}

}  // namespace
}  // namespace posed::tests
