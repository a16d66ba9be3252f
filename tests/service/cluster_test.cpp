// A server and workers of their own on a PostgreSQL server and a shared folder, each a process that nobody
// watches over. What was accepted is done once, whoever dies.

#include <chrono>
#include <csignal>
#include <list>
#include <memory>
#include <regex>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "base/clock.h"
#include "database/database.h"
#include "database/removals.h"
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

    [[nodiscard]] Environment environment(const std::string& user) const {
        return {.set = {"POSED_DATABASE_URL=" + server().tcp_url(user), "POSED_DATA_DIR=" + data_.string(),
                        "POSED_LOG_FORMAT=json", "POSED_TASK_LEASE=2s", "POSED_JANITOR_PERIOD=200ms",
                        "POSED_RESULT_RETENTION=1h", "POSED_DEFAULT_ESTIMATOR=blazepose-lite",
                        "POSED_INFERENCE_SLOTS=1", "POSED_RENDERING_SLOTS=1"},
                .folder = folder_.path()};
    }

    [[nodiscard]] Finished posed(const std::vector<std::string>& arguments) const {
        return run(command(arguments), environment("posed"));
    }

    Process& start(const std::vector<std::string>& arguments, const std::string& ready,
                   const std::string& user) {
        auto& process = processes_.emplace_back(command(arguments), environment(user));
        if (!process.wait_until_said(ready))
            throw std::runtime_error("it does not start: " + process.said());
        return process;
    }

    Process& start_server(const std::string& user = "posed", std::vector<std::string> more = {}) {
        more.insert(more.begin(), {"serve", "--port", std::to_string(port_)});
        return start(more, "listening", user);
    }
    Process& start_worker(const char* queue, const std::string& user = "posed") {
        return start({"work", "--queue", queue}, R"("working")", user);
    }

    [[nodiscard]] bool is_healthy() const {
        return eventually([&] { return text(json_of(client().get("/health/deep/")), "status") == "ok"; });
    }

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
    ASSERT_TRUE(is_healthy());

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

    EXPECT_TRUE(eventually([this] { return times_said(R"("outcome":"success")") == 2; }));
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

/// Such as "SELECT videos", "UPDATE (id) estimations".
using Rights = std::set<std::string>;

/// What it takes to run a statement.
Rights rights_needed_for(const std::string& statement) {
    static const std::vector<std::pair<std::regex, std::string>> uses = {
        {std::regex(R"(INSERT INTO (\w+))"), "INSERT"},
        {std::regex(R"(INSERT INTO (\w+)[^]*DO UPDATE)"), "UPDATE"},
        {std::regex(R"(INSERT INTO (\w+)[^]*(ON CONFLICT|RETURNING))"), "SELECT"},
        {std::regex(R"(UPDATE (\w+) SET)"), "UPDATE"},
        {std::regex(R"(DELETE FROM (\w+))"), "DELETE"},
        {std::regex(R"((?:FROM|JOIN|UPDATE) (\w+))"), "SELECT"},
        {std::regex(R"(FROM (\w+) WHERE [^()]*FOR (UPDATE|KEY SHARE))"), "UPDATE (id)"}};
    Rights needed;
    for (const auto& [pattern, privilege] : uses)
        for (std::sregex_iterator match(statement.begin(), statement.end(), pattern), end; match != end;
             ++match)
            needed.insert(privilege + " " + match->str(1));
    return needed;
}

/// What the owner sees of one database.
class Owner {
  public:
    std::vector<std::string> texts(const std::string& query) {
        std::vector<std::string> texts;
        auto transaction = database_->read();
        for (const auto& row : transaction.query(query))
            texts.push_back(row.get<std::string>("text"));
        return texts;
    }

    std::vector<std::string> tables() {
        return texts("SELECT tablename::text AS text FROM pg_tables WHERE schemaname = 'public'");
    }

    Rights granted_to(const std::string& role) {
        Rights granted;
        for (const auto& right : texts("SELECT privilege_type || ' ' || table_name AS text "
                                       "FROM information_schema.role_table_grants WHERE grantee = '" +
                                       role + "'"))
            granted.insert(right);
        for (const auto& table : texts("SELECT table_name::text AS text "
                                       "FROM information_schema.role_column_grants WHERE grantee = '" +
                                       role + "' AND privilege_type = 'UPDATE' AND column_name = 'id'"))
            if (!granted.contains("UPDATE " + table))
                granted.insert("UPDATE (id) " + table);
        return granted;
    }

    /// Of all statements that the server has logged for the role.
    Rights used_by(const std::string& role, const std::string& log) {
        Rights used;
        const auto beginning = "user=" + role + " LOG:  ";
        for (auto at = log.find(beginning); at != std::string::npos; at = log.find(beginning, at + 1))
            used.merge(rights_needed_for(log.substr(at, log.find("\nuser=", at) - at)));
        Rights of_tables;
        for (const auto& table : tables())
            for (const std::string privilege : {"SELECT", "INSERT", "UPDATE", "DELETE", "UPDATE (id)"})
                if (used.contains(privilege + " " + table) &&
                    (privilege != "UPDATE (id)" || !used.contains("UPDATE " + table)))
                    of_tables.insert(privilege + " " + table);
        return of_tables;
    }

    /// Statements that need what the role was not given.
    std::vector<std::string> forbidden_to(const std::string& role) {
        const auto granted = granted_to(role);
        std::vector<std::string> forbidden{"CREATE TABLE mine (id BIGINT)"};
        for (const auto& table : tables()) {
            const auto column = texts(
                "SELECT column_name::text AS text FROM information_schema.columns "
                "WHERE table_name = '" +
                table + "' AND column_name <> 'id' ORDER BY ordinal_position DESC LIMIT 1");
            const std::vector<std::pair<std::string, std::string>> statements = {
                {"SELECT", "SELECT count(*) FROM " + table},
                {"INSERT", "INSERT INTO " + table + " DEFAULT VALUES"},
                {"UPDATE", "UPDATE " + table + " SET " + column.at(0) + " = NULL WHERE FALSE"},
                {"DELETE", "DELETE FROM " + table + " WHERE FALSE"},
                {"TRUNCATE", "TRUNCATE " + table + " CASCADE"},
                {"DROP", "DROP TABLE " + table + " CASCADE"}};
            for (const auto& [privilege, statement] : statements)
                if (!granted.contains(privilege + " " + table))
                    forbidden.push_back(statement);
        }
        return forbidden;
    }

  private:
    std::unique_ptr<database::Database> database_ =
        database::open_postgres(PostgresServer::shared().url(), {}).value();
};

/// What the server says to the statement.
std::string refusal_of(database::Database& database, const std::string& statement) {
    try {
        database.write().execute(statement);
        return "it was not refused";
    } catch (const std::logic_error& refused) {
        return refused.what();
    }
}

/// New ones, whose statements the server logs. Gives the length of its log before.
std::size_t make_roles(const std::vector<std::string>& roles) {
    const auto logged = PostgresServer::shared().said().size();
    for (const auto& role : roles)
        PostgresServer::shared().run_sql("DROP ROLE IF EXISTS " + role + "; CREATE ROLE " + role +
                                         " LOGIN PASSWORD '" + PostgresServer::password + "'; ALTER ROLE " +
                                         role + " SET log_statement = 'all'");
    return logged;
}

/// The rights are those that the logged statements took, and whatever else there is is refused.
void expect_no_right_but_used_ones(const std::vector<std::string>& roles, std::size_t logged_before) {
    Owner owner;
    const auto log = PostgresServer::shared().said().substr(logged_before);
    EXPECT_EQ(log.find("permission denied"), std::string::npos) << log;
    for (const auto& role : roles) {
        auto used = owner.used_by(role, log);
        const auto granted = owner.granted_to(role);
        if (!granted.contains("UPDATE removals"))
            used.erase("UPDATE removals");  // of one column, and only where an object takes longer: see below
        EXPECT_EQ(granted, used) << role;
        const auto forbidden = owner.forbidden_to(role);
        EXPECT_GT(forbidden.size(), 25U);
        const auto database = database::open_postgres(PostgresServer::shared().tcp_url(role), {}).value();
        for (const auto& statement : forbidden)
            EXPECT_THAT(refusal_of(*database, statement),
                        testing::AnyOf(HasSubstr("permission denied"), HasSubstr("must be owner")))
                << role << ": " << statement;
    }
}

TEST_F(PostgresCluster, RolesMayDoWhatTheirStatementsNeedAndNothingElse) {
    const auto logged_before = make_roles({"api", "worker"});
    ASSERT_EQ(posed({"migrate", "up"}).exit_code, 0);
    const auto granted = posed({"migrate", "grant", "--server-role", "api", "--worker-role", "worker"});
    ASSERT_EQ(granted.exit_code, 0) << granted.errors;
    start_server("api");
    start_worker(inference, "worker");
    start_worker(rendering, "worker");
    ASSERT_TRUE(is_healthy());
    const auto video = client().uploaded(synthetic_clip());
    const auto estimation = client().estimated({.video = video});
    const auto drawing = client().submitted(RenderingWanted{.estimation = estimation});
    ASSERT_EQ(text(client().wait_until_final(drawing), "status"), "SUCCESS");
    const auto cancelled = client().submitted(long_estimation_of(video));
    client().wait_for(cancelled, "STARTED");
    client().remove("/tasks/" + cancelled + "/");
    client().wait_for(cancelled, "REVOKED");
    EXPECT_LT(client().remove("/videos/" + std::to_string(video) + "/").status, 300);
    EXPECT_TRUE(eventually([&] { return count("SELECT count(*) AS n FROM removals") == 0; }));

    expect_no_right_but_used_ones({"api", "worker"}, logged_before);
    const auto worker = database::open_postgres(server().tcp_url("worker"), {}).value();
    auto transaction = worker->write();
    EXPECT_FALSE(database::Removals(transaction).extend("no object", std::chrono::seconds{1}));
}

TEST_F(PostgresCluster, AServerBesideAJanitorNeedsNoRightToClearAway) {
    const auto logged_before = make_roles({"api", "worker", "janitor"});
    ASSERT_EQ(posed({"migrate", "up"}).exit_code, 0);
    const auto granted = posed(
        {"migrate", "grant", "--server-role", "api", "--janitor-role", "janitor", "--worker-role", "worker"});
    ASSERT_EQ(granted.exit_code, 0) << granted.errors;
    start_server("api", {"--without-janitor"});
    start_worker(inference, "worker");
    start({"janitor"}, "clearing away", "janitor");
    const auto kept_too_long = client().uploaded(synthetic_clip());
    client().wait_for(client().submitted(EstimationWanted{.video = kept_too_long}), "SUCCESS");
    server().run_sql("UPDATE videos SET created_at = created_at - 7200000000");
    EXPECT_TRUE(eventually([&] { return count("SELECT count(*) AS n FROM videos") == 0; }));
    const auto video = client().uploaded(synthetic_clip());
    const auto cancelled = client().submitted(long_estimation_of(video));
    client().remove("/tasks/" + cancelled + "/");
    EXPECT_LT(client().remove("/videos/" + std::to_string(video) + "/").status, 300);
    EXPECT_TRUE(eventually([&] { return count("SELECT count(*) AS n FROM removals") == 0; }));
    EXPECT_EQ(files_in(data() / "objects"), 0U);
    expect_no_right_but_used_ones({"api", "janitor"}, logged_before);
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
