// Redis fails under a whole cluster. It only wakes, so all it may cost is time.

#include <csignal>

#include "tests/cluster/consistency.h"

namespace posed::tests {
namespace {

using namespace std::chrono_literals;

using BrokerFaults = ClusterTest;

TEST_F(BrokerFaults, EverythingIsDeleted) {
    Load load(cluster(), 3s);
    for (int i = 0; i < 6; ++i) {
        pause_for(500ms);
        cluster().say_to_redis({"FLUSHALL"});
    }
    expect_consistent(cluster(), load, "FLUSHALL, six times");
}

TEST_F(BrokerFaults, KilledAndStartedAgain) {
    Load load(cluster(), 3s);
    pause_for(1s);
    cluster().redis().kill();
    pause_for(500ms);
    cluster().redis().start();
    expect_consistent(cluster(), load, "Redis killed, started again after 0.5 s");
}

TEST_F(BrokerFaults, GoneWhileTasksAreSubmittedAndFinished) {
    cluster().redis().kill();
    Load load(cluster(), durations().without_redis);
    pause_for(durations().without_redis);
    cluster().redis().start();
    expect_consistent(cluster(), load, "Redis gone while tasks are submitted and finished");
}

TEST_F(BrokerFaults, Hangs) {
    Load load(cluster(), durations().hang + 2s);
    pause_for(1s);
    cluster().redis().signal(SIGSTOP);
    pause_for(durations().hang);
    cluster().redis().signal(SIGCONT);
    expect_consistent(cluster(), load, "Redis stopped (SIGSTOP)");
}

TEST_F(BrokerFaults, OutOfMemory) {
    cluster().say_to_redis({"CONFIG", "SET", "maxmemory", "1"});
    Load load(cluster(), 3s);
    pause_for(3s);
    cluster().say_to_redis({"CONFIG", "SET", "maxmemory", "0"});
    expect_consistent(cluster(), load, "Redis out of memory");
}

}  // namespace
}  // namespace posed::tests
