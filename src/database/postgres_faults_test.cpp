// What becomes of transactions when a PostgreSQL server, or the way to it, fails them.

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include <gmock/gmock.h>

#include "base/clock.h"
#include "database/database.h"
#include "tests/support/cutting_proxy.h"
#include "tests/support/postgres_server.h"

namespace posed::database {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;
using tests::PostgresServer;

class PostgresFaults : public testing::Test {
  protected:
    void SetUp() override {
        POSED_NEEDS_POSTGRES();
        server().run_sql("DROP TABLE IF EXISTS samples; CREATE TABLE samples (id BIGINT PRIMARY KEY)");
    }

    static PostgresServer& server() { return PostgresServer::shared(); }

    static std::unique_ptr<Database> open(const DatabaseOptions& options = {}) {
        return open_postgres(server().url(), options).value();
    }

    static void insert(Database& database, int id) {
        auto transaction = database.write();
        transaction.execute("INSERT INTO samples (id) VALUES (:id)", {{"id", id}});
        transaction.commit();
    }

    static std::int64_t count(Database& database) {
        return database.read().query("SELECT count(*) AS n FROM samples").front().get<std::int64_t>("n");
    }

    static std::string setting(Transaction& transaction, const std::string& name) {
        return transaction.query("SHOW " + name).front().get<std::string>(name);
    }
};

TEST_F(PostgresFaults, TheTimeIsTheServersAndGoesOnInATransaction) {
    const auto database = open();
    auto transaction = database->read();
    const auto first = transaction.now();
    EXPECT_LT(std::chrono::abs(first - system_clock().now()), 1min);
    static_cast<void>(transaction.query("SELECT pg_sleep(0.002)"));
    EXPECT_GE(transaction.now(), first + 2ms);
}

TEST_F(PostgresFaults, SessionsHaveTheirLimits) {
    const auto database = open({.wait_max = 1234ms, .statement_max = 2345ms});
    auto transaction = database->read();
    EXPECT_EQ(setting(transaction, "lock_timeout"), "1234ms");
    EXPECT_EQ(setting(transaction, "statement_timeout"), "2345ms");
    EXPECT_EQ(setting(transaction, "idle_in_transaction_session_timeout"), "10s");
    EXPECT_EQ(setting(transaction, "application_name"), "posed");
}

TEST_F(PostgresFaults, AStatementThatTakesTooLongIsEnded) {
    const auto database = open({.sessions_max = 1, .statement_max = 50ms});
    const auto began = system_clock().boot_time();
    EXPECT_THROW(static_cast<void>(database->read().query("SELECT pg_sleep(3600)")), Unavailable);
    EXPECT_LT(system_clock().boot_time() - began, 1min);
    insert(*database, 1);
    EXPECT_EQ(count(*database), 1);
}

TEST_F(PostgresFaults, AMigrationMayTakeLonger) {
    const auto database = open({.wait_max = 1234ms, .statement_max = 50ms});
    auto transaction = database->write();
    transaction.lock_schema();
    static_cast<void>(transaction.query("SELECT pg_sleep(0.2)"));
    EXPECT_EQ(setting(transaction, "lock_timeout"), "1234ms") << "it does not wait for tables without end";
}

TEST_F(PostgresFaults, OfTwoWhoWaitForEachOtherOneGoesOn) {
    const auto database = open();
    insert(*database, 1);
    insert(*database, 2);
    auto first = database->write();
    auto second = database->write();
    const auto update = [](Transaction& transaction, int id) {
        transaction.execute("UPDATE samples SET id = id WHERE id = :id", {{"id", id}});
    };
    update(first, 1);
    update(second, 2);
    int unavailable = 0;
    const auto update_or_count = [&](Transaction& transaction, int id) {
        try {
            update(transaction, id);
        } catch (const Unavailable&) {
            ++unavailable;
        }
    };
    std::jthread other([&] { update_or_count(first, 2); });
    update_or_count(second, 1);
    // The one that failed still has its other row until its end: that it has failed ended its transaction.
    other.join();
    EXPECT_EQ(unavailable, 1);
}

TEST_F(PostgresFaults, ARestartCostsTheTransactionsThatWereOpenAndNoOther) {
    const auto database = open({.sessions_max = 3});
    insert(*database, 1);
    {
        // Two more sessions, that are idle during the restart.
        const auto second = database->read();
        const auto third = database->read();
    }
    auto open_one = database->write();
    open_one.execute("INSERT INTO samples (id) VALUES (2)");
    server().stop();
    EXPECT_THROW(open_one.commit(), Unavailable);
    EXPECT_THROW(insert(*database, 3), Unavailable);
    const auto refused = open_postgres(server().url(), {});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::unavailable);
    server().start();
    for (int id = 4; id < 8; ++id)
        insert(*database, id);
    EXPECT_EQ(count(*database), 5) << "the first row and the last four";
}

TEST_F(PostgresFaults, ACommitWhoseAnswerIsLostMayHaveGoneThrough) {
    tests::CuttingProxy proxy(server().port());
    auto url = server().tcp_url();
    url.replace(url.find(std::to_string(server().port())), std::to_string(server().port()).size(),
                std::to_string(proxy.port()));
    const auto database = open_postgres(url, {}).value();
    insert(*database, 1);
    proxy.lose_answer_with("COMMIT");
    EXPECT_THROW(insert(*database, 2), Unavailable);
    EXPECT_EQ(proxy.lost(), 1);
    EXPECT_EQ(count(*database), 2) << "over a new connection";
}

/// A server prepares `SELECT *` for the columns that are there, and then refuses when a migration adds one.
TEST_F(PostgresFaults, ASchemaThatHasGrownCostsASessionATransaction) {
    const auto database = open({.sessions_max = 1});
    insert(*database, 1);
    const auto columns = [&] { return database->read().query("SELECT * FROM samples").front(); };
    EXPECT_EQ(columns().get<int>("id"), 1);
    server().run_sql("ALTER TABLE samples ADD COLUMN more BIGINT");
    EXPECT_THROW(columns(), Unavailable);
    EXPECT_EQ(columns().get<std::optional<int>>("more"), std::nullopt);
}

TEST_F(PostgresFaults, AnAddressThatLeadsNowhereIsNamedWithoutThePassword) {
    for (const auto* url :
         {"mysql://posed:pass-word@127.0.0.1/posed", "postgresql://posed:pass-word@[::1/posed",
          "postgresql://posed:pass-word@127.0.0.1/posed?nothing=1",
          "postgresql://posed:pass-word @127.0.0.1/posed"}) {
        const auto refused = open_postgres(url, {});
        ASSERT_FALSE(refused) << url;
        EXPECT_EQ(refused.error().code, Code::invalid_argument);
        EXPECT_THAT(refused.error().message + refused.error().suggestion, Not(HasSubstr("pass-word")));
    }
    const auto port = std::to_string(server().port());
    const auto wrong = open_postgres("postgresql://posed:pass-word@127.0.0.1:" + port + "/posed", {});
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().code, Code::unavailable);
    EXPECT_THAT(wrong.error().message, HasSubstr("password authentication failed"));
    EXPECT_THAT(wrong.error().message, Not(HasSubstr("pass-word")));
    EXPECT_TRUE(open_postgres(server().tcp_url(), {}));
}

}  // namespace
}  // namespace posed::database
