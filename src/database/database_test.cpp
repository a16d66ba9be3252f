// Transactions, on every kind of database.

#include "database/database.h"

#include <limits>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "database/sample_database.h"

namespace posed::database {
namespace {

using namespace std::chrono_literals;

class DatabaseTest : public DatabaseSuite {
  protected:
    std::unique_ptr<Database> open_with_table(const DatabaseOptions& options = {}) {
        auto database = open(options);
        auto transaction = database->write();
        transaction.execute(
            "CREATE TABLE samples (id BIGINT PRIMARY KEY, number BIGINT, real_number DOUBLE PRECISION, "
            "words TEXT, CONSTRAINT numbers_are_positive CHECK (number > 0))");
        transaction.commit();
        return database;
    }

    static std::int64_t count(Database& database) {
        return database.read().query("SELECT count(*) AS n FROM samples").front().get<std::int64_t>("n");
    }
};

INSTANTIATE_TEST_SUITE_P(, DatabaseTest, every_database(), name_of_kind);

TEST_P(DatabaseTest, GivesBackWhatItWasGiven) {
    const auto database = open_with_table();
    constexpr auto largest = std::numeric_limits<std::int64_t>::max();
    auto transaction = database->write();
    const auto inserted = transaction.query(
        "INSERT INTO samples (id, number, real_number, words) VALUES (:id, :number, :real_number, :words) "
        "RETURNING id, number, real_number, words, number - 1 AS before",
        {{"id", largest}, {"number", largest}, {"real_number", 0.1}, {"words", "déjà 'vu'; --"}});
    transaction.commit();
    ASSERT_EQ(inserted.size(), 1U);
    for (const auto& row : {inserted.front(), database->read().query("SELECT * FROM samples").front()}) {
        EXPECT_EQ(row.get<std::int64_t>("id"), largest);
        EXPECT_EQ(row.get<std::int64_t>("number"), largest);
        EXPECT_EQ(row.get<double>("real_number"), 0.1);
        EXPECT_EQ(row.get<std::string>("words"), "déjà 'vu'; --");
    }
    EXPECT_EQ(inserted.front().get<std::int64_t>("before"), largest - 1);
}

TEST_P(DatabaseTest, LosesWhatIsNotCommitted) {
    const auto database = open_with_table();
    {
        auto transaction = database->write();
        EXPECT_EQ(transaction.execute("INSERT INTO samples (id) VALUES (1), (2)"), 2);
    }
    EXPECT_EQ(count(*database), 0);
}

}  // namespace
}  // namespace posed::database
