// A server and workers of their own on a PostgreSQL server and a shared folder, each a process that nobody
// watches over. What was accepted is done once, whoever dies.

#include <csignal>
#include <iostream>
#include <list>
#include <string>
#include <vector>

#include <boost/json/parse.hpp>
#include <gmock/gmock.h>

#include "base/clock.h"
#include "database/database.h"
#include "tests/service/running_service.h"
#include "tests/service/service_client.h"
#include "tests/support/free_port.h"
#include "tests/support/postgres_server.h"
#include "tests/support/synthetic_clip.h"

namespace posed::tests {
namespace {

using testing::HasSubstr;

constexpr const char* inference = "inference";
constexpr const char* rendering = "default";

class PostgresCluster : public testing::Test {
  protected:
    void SetUp() override {
        POSED_NEEDS_POSTGRES();
        server().run_sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public");
    }

    static PostgresServer& server() { return PostgresServer::shared(); }

    [[nodiscard]] Environment environment() const {
        return {
            .set = {"POSED_DATABASE_URL=" + server().tcp_url(), "POSED_DATA_DIR=" + data_.string(),
                    "POSED_LOG_FORMAT=json", "POSED_TASK_LEASE=2s", "POSED_DEFAULT_ESTIMATOR=blazepose-lite",
                    "POSED_INFERENCE_SLOTS=1", "POSED_RENDERING_SLOTS=1"},
            .folder = folder_.path()};
    }

    [[nodiscard]] Finished posed(const std::vector<std::string>& arguments) const {
        return run(command(arguments), environment());
    }

    Process& start(const std::vector<std::string>& arguments, const std::string& ready) {
        auto& process = processes_.emplace_back(command(arguments), environment());
        if (!process.wait_until_said(ready))
            throw std::runtime_error("it does not start: " + process.said());
        return process;
    }

    Process& start_server() { return start({"serve", "--port", std::to_string(port_)}, "listening"); }
    Process& start_worker(const char* queue) { return start({"work", "--queue", queue}, R"("working")"); }

    [[nodiscard]] ServiceClient client() const { return ServiceClient(port_); }

    /// In the logs of all processes.
    [[nodiscard]] int times_said(const std::string& text) const {
        int times = 0;
        for (const auto& process : processes_) {
            const auto log = process.said();
            for (auto at = log.find(text); at != std::string::npos; at = log.find(text, at + text.size()))
                ++times;
        }
        return times;
    }

    /// The worker that has begun to run the task.
    [[nodiscard]] Process& runner_of(const std::string& task) {
        Process* runner = nullptr;
        const auto is_found = [&] {
            for (auto& process : processes_)
                if (says_in_one_line(process.said(), "the run begins", task))
                    runner = &process;
            return runner != nullptr;
        };
        if (!eventually(is_found))
            throw std::runtime_error("nobody runs the task " + task);
        return *runner;
    }

    [[nodiscard]] static std::int64_t count(const std::string& query) {
        const auto database = database::open_postgres(server().url(), {}).value();
        return database->read().query(query).front().get<std::int64_t>("n");
    }

    std::filesystem::path data() const { return data_; }

  private:
    static bool says_in_one_line(const std::string& log, const std::string& first,
                                 const std::string& second) {
        for (auto at = log.find(first); at != std::string::npos; at = log.find(first, at + 1)) {
            const auto begin = log.rfind('\n', at) + 1;
            if (log.substr(begin, log.find('\n', at) - begin).find(second) != std::string::npos)
                return true;
        }
        return false;
    }

    static std::vector<std::string> command(std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), posed_program());
        return arguments;
    }

    TemporaryFolder folder_;
    std::filesystem::path data_ = folder_.path() / "data";
    std::uint16_t port_ = free_port();
    std::list<Process> processes_;
};

TEST_F(PostgresCluster, AClipGoesThroughWhileAWorkerDiesAndTheDatabaseRestarts) {
    ASSERT_EQ(posed({"migrate", "up"}).exit_code, 0);
    start_server();
    start_worker(inference);
    start_worker(inference);
    start_worker(rendering);
    ASSERT_TRUE(eventually([&] { return text(json_of(client().get("/health/deep/")), "status") == "ok"; }));

    const auto video = client().uploaded(synthetic_clip());
    auto wanted = long_estimation_of(video);
    wanted.fps = 12;
    const auto estimating = client().submitted(wanted);
    auto& first = runner_of(estimating);
    first.signal(SIGKILL);
    client().wait_for(estimating, "RETRY");
    client().wait_for(estimating, "STARTED");

    server().stop();
    ASSERT_TRUE(eventually([&] { return times_said("the database does not answer") >= 2; }));
    server().start();
    client().wait_for(estimating, "SUCCESS");
    const auto task = client().task(estimating);
    EXPECT_EQ(number(task, "attempts"), 1) << "of the killed worker; an outage costs none";

    const auto drawing =
        client().submitted(RenderingWanted{.estimation = number(task, "result/resource_id")});
    const auto drawn = client().wait_until_final(drawing);
    ASSERT_EQ(text(drawn, "status"), "SUCCESS");
    const auto download = client().get(text(drawn, "links/download"));
    EXPECT_EQ(download.status, 200);
    EXPECT_THAT(download.body.substr(0, 64), HasSubstr("ftyp"));

    EXPECT_EQ(times_said(R"("outcome":"success")"), 2);
    EXPECT_EQ(count("SELECT count(*) AS n FROM tasks WHERE state = 'SUCCESS'"), 2);
    EXPECT_EQ(count("SELECT count(*) AS n FROM tasks"), 2);
    EXPECT_EQ(count("SELECT count(*) AS n FROM estimations"), 1);
    EXPECT_EQ(count("SELECT count(*) AS n FROM visualizations"), 1);
    EXPECT_EQ(times_said(R"("level":"error")"), 0);
}

TEST_F(PostgresCluster, OnlyMigrateMigrates) {
    for (const auto& arguments :
         {std::vector<std::string>{"serve", "--port", "0"}, {"work", "--queue", rendering}, {"run"}}) {
        const auto ended = posed(arguments);
        EXPECT_EQ(ended.exit_code, 78);
        EXPECT_THAT(ended.errors, HasSubstr("posed migrate up"));
    }
    EXPECT_THAT(posed({"migrate", "status"}).output, HasSubstr("missing"));
    EXPECT_THAT(posed({"migrate", "up"}).output, HasSubstr("applied"));
    EXPECT_EQ(posed({"migrate", "up"}).output, "nothing to do\n");
    EXPECT_THAT(posed({"migrate", "status"}).output, HasSubstr("applied 20"));
    EXPECT_FALSE(std::filesystem::exists(data() / "posed.db"));
    EXPECT_EQ(posed({"migrate", "down"}).exit_code, 0);
}

TEST_F(PostgresCluster, ADatabaseThatIsAwayIsNamedWithoutItsPassword) {
    server().stop();
    const auto ended = posed({"serve", "--port", "0"});
    server().start();
    EXPECT_NE(ended.exit_code, 0);
    EXPECT_THAT(ended.errors, HasSubstr("POSED_DATABASE_URL"));
    EXPECT_EQ(ended.errors.find(PostgresServer::password), std::string::npos);
}

}  // namespace
}  // namespace posed::tests
