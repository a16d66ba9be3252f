// A worker whose PostgreSQL server restarts, or whose COMMIT gets no answer. What is recorded is recorded
// once.

#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "tasks/sample_worker.h"
#include "tests/support/cutting_proxy.h"
#include "tests/support/postgres_server.h"

namespace posed::tasks {
namespace {

using tests::PostgresServer;

std::vector<Backend> postgres_only() {
    auto all = backends();
    std::erase_if(all, [](const Backend& backend) { return backend.database.name != "postgresql"; });
    return all;
}

class PostgresOutage : public WorkerSuite {
  protected:
    /// Another way to the records, through the proxy.
    std::unique_ptr<database::Database> open_through(const tests::CuttingProxy& proxy) {
        auto url = PostgresServer::shared().tcp_url();
        const auto port = std::to_string(PostgresServer::shared().port());
        url.replace(url.find(port), port.size(), std::to_string(proxy.port()));
        const auto schema = records->read().query("SELECT current_schema() AS name").front();
        url += "?options=-csearch_path%3D" + schema.get<std::string>("name");
        return database::open_postgres(url, {}, &clock).value();
    }
};
INSTANTIATE_TEST_SUITE_P(, PostgresOutage, testing::ValuesIn(postgres_only()), name_of_backend);

TEST_P(PostgresOutage, AResultWhoseCommitHadNoAnswerIsRecordedOnce) {
    tests::CuttingProxy proxy(PostgresServer::shared().port());
    const auto through = open_through(proxy);
    const auto id = submitted('a');
    int calls = 0;
    const auto worker = make_worker(*through, [&](const Task&, TaskRun& run) {
        return run.commit([&](database::Transaction& transaction) {
            ++calls;
            insert_row(transaction, run.token());
            proxy.lose_answer_with("COMMIT");
            return done;
        });
    });
    drive(*worker);
    EXPECT_EQ(proxy.lost(), 1);
    EXPECT_EQ(calls, 1);
    EXPECT_EQ(row(id).state, State::success);
    EXPECT_EQ(recorded_rows(), 1);
    EXPECT_EQ(outcomes("success"), 1);
}

TEST_P(PostgresOutage, ALeaseWhoseCommitHadNoAnswerIsTakenUp) {
    tests::CuttingProxy proxy(PostgresServer::shared().port());
    const auto through = open_through(proxy);
    const auto id = submitted('a');
    const auto worker = make_worker(*through, [](const Task&, TaskRun& run) { return record(run); });
    proxy.lose_answer_with("COMMIT");
    EXPECT_FALSE(worker->run_next());
    EXPECT_EQ(proxy.lost(), 1);
    EXPECT_EQ(row(id).state, State::started);
    EXPECT_TRUE(worker->run_next());
    EXPECT_EQ(row(id).state, State::success);
    EXPECT_EQ(row(id).attempts, 0);
}

TEST_P(PostgresOutage, ARestartInMidRunCostsNoAttempt) {
    const auto id = submitted('a');
    std::unique_ptr<Worker> worker;
    worker = make_worker([&](const Task&, TaskRun& run) -> Result<TaskResult> {
        PostgresServer::shared().stop();
        pass_half_a_second(*worker);
        EXPECT_TRUE(run.report("estimate", 1, 2)) << "the lease goes on for a while";
        PostgresServer::shared().start();
        pass_half_a_second(*worker);
        return record(run);
    });
    EXPECT_TRUE(worker->run_next());
    EXPECT_EQ(row(id).state, State::success);
    EXPECT_EQ(row(id).attempts, 0);
    EXPECT_EQ(recorded_rows(), 1);
}

}  // namespace
}  // namespace posed::tasks
