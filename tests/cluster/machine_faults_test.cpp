// A machine is cut off, and machines disagree on the time.

#include <csignal>
#include <filesystem>

#include "tests/cluster/consistency.h"
#include "tests/service/record_queries.h"

namespace posed::tests {
namespace {

using namespace std::chrono_literals;

class MachineFaults : public ClusterTest {
  protected:
    /// Returns when that machine's worker has begun to run it.
    static std::string long_run_on(Machine machine, Load& load) {
        load.wait();
        EXPECT_TRUE(eventually([] { return cluster().rows(open_tasks) == 0; }));
        const auto other = machine == Machine::first ? Machine::second : Machine::first;
        cluster().process(Role::inference, other).signal(SIGSTOP);
        auto task = load.submit_long_estimation();
        const auto runs = [&] { return cluster().process(Role::inference, machine).said().find(task); };
        EXPECT_TRUE(eventually([&] { return runs() != std::string::npos; }));
        cluster().process(Role::inference, other).signal(SIGCONT);
        return task;
    }

    /// Objects that anybody has put for the result of that task.
    static std::size_t puts_for(const std::string& task) {
        const auto key = cluster()
                             .records()
                             .read()
                             .query(
                                 "SELECT storage_key FROM estimations JOIN tasks ON result_id = "
                                 "estimations.id WHERE tasks.id = :task",
                                 {{"task", task}})
                             .front()
                             .get<std::string>("storage_key");
        return cluster()
            .to_store()
            .requests("PUT /" + cluster().bucket() + "/" + key.substr(0, key.find('-') + 1))
            .size();
    }

    static void expect_dropped_and_done_once(const std::string& task) {
        const auto& first = cluster().process(Role::inference, Machine::first);
        EXPECT_TRUE(eventually([&] { return first.said().find(R"("outcome":"lost")") != std::string::npos; }))
            << "it goes on with what is another's";
        EXPECT_EQ(puts_for(task), 1U) << "it stores a result after its lease";
        EXPECT_EQ(number(cluster().client(Machine::second).task(task), "attempts"), 1);
    }
};

TEST_F(MachineFaults, AMachineThatCannotReachTheDatabasePausesWhenItsLeasesEnd) {
    cluster().start(Role::inference, Machine::first);
    Load load(cluster(), 2s);
    const auto task = long_run_on(Machine::first, load);
    cluster().to_database().cut(true);
    cluster().client(Machine::second).wait_for(task, "SUCCESS");
    pause_for(durations().outage);
    cluster().to_database().cut(false);
    cluster().wait_until_ready();
    expect_dropped_and_done_once(task);
    expect_consistent(cluster(), load, "a machine cut off from the database");
}

TEST_F(MachineFaults, AWorkerThatSleepsPastItsLeaseDropsItsRun) {
    cluster().start(Role::inference, Machine::first);
    Load load(cluster(), 2s);
    const auto task = long_run_on(Machine::first, load);
    cluster().process(Role::inference, Machine::first).signal(SIGSTOP);
    cluster().client(Machine::second).wait_for(task, "SUCCESS");
    cluster().process(Role::inference, Machine::first).signal(SIGCONT);
    expect_dropped_and_done_once(task);
    expect_consistent(cluster(), load, "a worker asleep past the end of its lease");
}

TEST_F(MachineFaults, ClocksAreTenMinutesApart) {
    const std::filesystem::path library = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1";
    POSED_REQUIRES(std::filesystem::exists(library), library << " is missing (Debian package faketime)");
    for (const auto role : every_role)
        cluster().start(role, Machine::second,
                        {"env", "LD_PRELOAD=" + library.string(), "FAKETIME=+600s", "DONT_FAKE_MONOTONIC=1",
                         "ASAN_OPTIONS=verify_asan_link_order=0:intercept_tls_get_addr=0"});
    cluster().wait_until_ready();
    Load load(cluster(), 3s);
    const auto task = long_run_on(Machine::second, load);
    cluster().process(Role::inference, Machine::second).signal(SIGKILL);
    cluster().client(Machine::first).wait_for(task, "RETRY");
    cluster().client(Machine::first).wait_for(task, "SUCCESS");
    for (const auto role : every_role)
        cluster().start(role, Machine::second);
    expect_consistent(cluster(), load, "clocks ten minutes apart, and a worker killed");
}

}  // namespace
}  // namespace posed::tests
