// PostgreSQL fails under a whole cluster. Outages cost no attempts.

#include <csignal>
#include <iostream>

#include "tests/cluster/consistency.h"
#include "tests/service/record_queries.h"

namespace posed::tests {
namespace {

using namespace std::chrono_literals;

class DatabaseFaults : public ClusterTest {
  protected:
    static void expect_consistent_at_no_cost(Load& load, const std::string& fault) {
        load.wait();
        EXPECT_TRUE(eventually([] { return cluster().rows(open_tasks) == 0; }, 2min));
        EXPECT_EQ(failed_attempts(cluster(), load), 0)
            << "nobody's fault but the database's\n"
            << cluster().lines_with("ran out") << cluster().lines_with(R"("outcome":"retry")");
        expect_consistent(cluster(), load, fault);
    }

    static std::int64_t end_sessions() {
        return cluster().rows(
            "SELECT pg_terminate_backend(pid)::int AS ended FROM pg_stat_activity "
            "WHERE usename IN ('posed_server', 'posed_worker') AND state <> 'idle'");
    }
};

TEST_F(DatabaseFaults, KilledAndStartedAgain) {
    Load load(cluster(), 3s);
    pause_for(1s);
    cluster().postgres().stop();
    pause_for(500ms);
    cluster().postgres().start();
    expect_consistent_at_no_cost(load, "PostgreSQL killed, started again after 0.5 s");
}

TEST_F(DatabaseFaults, GoneForLongerThanALease) {
    Load load(cluster(), durations().outage + 2s);
    load.submit_long_estimation();
    pause_for(1s);
    cluster().postgres().stop();
    pause_for(durations().outage);
    cluster().postgres().start();
    expect_consistent_at_no_cost(load, "PostgreSQL gone for longer than a lease");
}

TEST_F(DatabaseFaults, Hangs) {
    Load load(cluster(), durations().hang + 2s);
    load.submit_long_estimation();
    pause_for(1s);
    cluster().postgres().signal(SIGSTOP);
    pause_for(durations().hang);
    cluster().postgres().signal(SIGCONT);
    expect_consistent_at_no_cost(load, "PostgreSQL stopped (SIGSTOP)");
}

TEST_F(DatabaseFaults, FailsInTheMiddleOfTransactions) {
    Load load(cluster(), 4s);
    std::int64_t ended = 0;
    for (int i = 0; i < 150; ++i) {
        ended += end_sessions();
        pause_for(20ms);
    }
    EXPECT_GT(ended, 10);
    expect_consistent_at_no_cost(load, std::to_string(ended) + " transactions ended by PostgreSQL");
}

TEST_F(DatabaseFaults, LosesTheAnswersToCommits) {
    const auto before = cluster().to_database().lost();
    Load load(cluster(), 4s);
    for (int i = 0; i < 60; ++i) {
        cluster().to_database().lose_answer_with("COMMIT");
        pause_for(50ms);
    }
    cluster().to_database().lose_answer_with("");
    const auto lost = cluster().to_database().lost() - before;
    EXPECT_GT(lost, 10);
    expect_consistent_at_no_cost(load, std::to_string(lost) + " answers to COMMIT lost");
}

}  // namespace
}  // namespace posed::tests
