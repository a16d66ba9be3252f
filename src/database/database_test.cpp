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
using namespace std::string_literals;

constexpr auto insert_number = "INSERT INTO samples (id, number) VALUES (:id, :number)";

class DatabaseTest : public DatabaseSuite {
  protected:
    std::unique_ptr<Database> open_with_samples(const DatabaseOptions& options = {}) {
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

    static void insert(Database& database, std::int64_t id) {
        auto transaction = database.write();
        transaction.execute(insert_number, {{"id", id}, {"number", 1}});
        transaction.commit();
    }
};

INSTANTIATE_TEST_SUITE_P(, DatabaseTest, every_database(), name_of_kind);

TEST_P(DatabaseTest, GivesBackWhatItWasGiven) {
    const auto database = open_with_samples();
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
    const auto database = open_with_samples();
    {
        auto transaction = database->write();
        EXPECT_EQ(transaction.execute("INSERT INTO samples (id) VALUES (1), (2)"), 2);
    }
    EXPECT_EQ(count(*database), 0);
}

/// A whole number in a column of real numbers came back as an integer from RETURNING, and was taken for a
/// mistake.
TEST_P(DatabaseTest, WholeNumbersAreRealNumbersToo) {
    const auto database = open_with_samples();
    auto transaction = database->write();
    const auto inserted = transaction.query(
        "INSERT INTO samples (id, real_number) VALUES (1, :real_number) RETURNING real_number",
        {{"real_number", 20.0}});
    EXPECT_EQ(inserted.front().get<double>("real_number"), 20.0);
}

TEST_P(DatabaseTest, ACommitGivesTheSessionBack) {
    const auto database = open_with_samples({.sessions_max = 1, .wait_max = 10ms});
    auto first = database->write();
    first.execute(insert_number, {{"id", 1}, {"number", 1}});
    first.commit();
    insert(*database, 2);
    EXPECT_THROW(first.commit(), std::logic_error);
    EXPECT_THROW(first.execute("DELETE FROM samples"), std::logic_error);
    EXPECT_EQ(count(*database), 2);
}

/// A statement is prepared for the types of its first parameters; what comes later may be NULL, or something
/// after NULL.
TEST_P(DatabaseTest, TakesNullsAndValuesInTurn) {
    const auto database = open_with_samples();
    auto transaction = database->write();
    std::int64_t id = 0;
    for (const auto& [number, words] : std::vector<std::pair<std::optional<int>, std::optional<std::string>>>{
             {{}, {}}, {1, {}}, {{}, "a"}, {2, "b"}, {{}, {}}, {3, {}}}) {
        const auto row = transaction
                             .query(
                                 "INSERT INTO samples (id, number, words) VALUES (:id, :number, :words) "
                                 "RETURNING number, words",
                                 {{"id", ++id}, {"number", number}, {"words", words}})
                             .front();
        EXPECT_EQ(row.get<std::optional<int>>("number"), number);
        EXPECT_EQ(row.get<std::optional<std::string>>("words"), words);
    }
}

TEST_P(DatabaseTest, ViolatedConstraintsAreNamedWithoutTheValues) {
    const auto database = open_with_samples();
    auto transaction = database->write();
    try {
        transaction.execute(insert_number, {{"id", 4711}, {"number", -4711}});
        FAIL() << "the constraint holds";
    } catch (const ConstraintViolation& violation) {
        const std::string message = violation.what();
        EXPECT_NE(message.find("numbers_are_positive"), std::string::npos) << message;
        EXPECT_EQ(message.find("4711"), std::string::npos) << message;
    }
}

TEST_P(DatabaseTest, MistakesOfTheProgramAreFound) {
    const auto database = open_with_samples();
    const auto refused = [&](const char* statement, const Parameters& parameters) {
        auto transaction = database->write();
        EXPECT_THROW(transaction.execute(statement, parameters), std::logic_error) << statement;
    };
    refused("INSERT INTO nowhere VALUES (1)", {});
    refused(insert_number, {{"id", 1}});
    refused(insert_number, {{"id", 1}, {"number", 1}, {"more", 1}});
    refused(insert_number, {{"id", 1}, {"other", 1}});
    refused("INSERT INTO samples (id, words) VALUES (1, :words)", {{"words", "a\0b"s}});
    refused("INSERT INTO samples (id, words) VALUES (1, :words)", {{"words", "\xff"}});
    auto transaction = database->write();
    const auto row = transaction.query("SELECT 1 AS one, NULL AS missing").front();
    EXPECT_THROW(static_cast<void>(row.get<std::int64_t>("two")), std::logic_error);
    EXPECT_THROW(static_cast<void>(row.get<std::string>("one")), std::logic_error);
    EXPECT_THROW(static_cast<void>(row.get<std::int64_t>("missing")), std::logic_error);
    EXPECT_EQ(transaction.execute(insert_number, {{"id", 1}, {"number", 1}}), 1) << "and nothing is broken";
}

TEST_P(DatabaseTest, ReadersSeeOnePictureAndNeverWait) {
    const auto database = open_with_samples();
    auto reader = database->read();
    const auto seen = [&] {
        return reader.query("SELECT count(*) AS n FROM samples").front().get<std::int64_t>("n");
    };
    EXPECT_EQ(seen(), 0);
    auto writer = database->write();
    writer.execute(insert_number, {{"id", 1}, {"number", 1}});
    EXPECT_EQ(count(*database), 0) << "not committed yet";
    writer.commit();
    EXPECT_EQ(seen(), 0) << "the picture of the beginning";
    EXPECT_EQ(count(*database), 1);
    EXPECT_THROW(reader.execute("DELETE FROM samples"), std::logic_error);
}

TEST_P(DatabaseTest, ManyThreadsWriteAfterReadingAndLoseNothing) {
    const auto database = open_with_samples({.sessions_max = 4, .wait_max = 60s});
    insert(*database, 1);
    {
        std::vector<std::jthread> threads(8);
        for (auto& thread : threads)
            thread = std::jthread([&database] {
                for (int i = 0; i < 100; ++i) {
                    auto transaction = database->write();
                    const auto number =
                        transaction.query("SELECT number FROM samples WHERE id = 1 FOR UPDATE").front();
                    transaction.execute("UPDATE samples SET number = :number WHERE id = 1",
                                        {{"number", number.get<std::int64_t>("number") + 1}});
                    transaction.commit();
                }
            });
    }
    EXPECT_EQ(database->read().query("SELECT number FROM samples").front().get<std::int64_t>("number"), 801);
}

TEST_P(DatabaseTest, SaysSoWhenEverySessionIsTaken) {
    const auto database = open_with_samples({.sessions_max = 2, .wait_max = 10ms});
    {
        const auto first = database->read();
        const auto second = database->write();
        EXPECT_THROW(static_cast<void>(database->read()), Unavailable);
    }
    EXPECT_EQ(count(*database), 0);
}

TEST_P(DatabaseTest, WritersOfARowTakeTurns) {
    const auto database = open_with_samples({.wait_max = 10ms});
    insert(*database, 1);
    const auto update = [&] {
        auto transaction = database->write();
        transaction.execute("UPDATE samples SET number = 2 WHERE id = 1");
        return transaction;
    };
    {
        const auto first = update();
        EXPECT_THROW(update(), Unavailable);
    }
    update().commit();
    EXPECT_EQ(database->read().query("SELECT number FROM samples").front().get<int>("number"), 2);
}

/// A value that was refused came back in place of the next NULL: SOCI keeps what it has bound.
TEST_P(DatabaseTest, WhatWasRefusedIsForgotten) {
    const auto database = open_with_samples({.sessions_max = 1});
    constexpr auto statement = "INSERT INTO samples (id, number, words) VALUES (:id, :number, :words)";
    EXPECT_THROW(database->write().execute(statement, {{"id", 1}, {"number", -1}, {"words", "refused"}}),
                 ConstraintViolation);
    auto transaction = database->write();
    transaction.execute(statement, {{"id", 1}, {"number", 1}, {"words", {}}});
    EXPECT_EQ(transaction.query("SELECT words FROM samples").front().get<std::optional<std::string>>("words"),
              std::nullopt);
}

TEST_P(DatabaseTest, AFailedTransactionIsNotCommitted) {
    const auto database = open_with_samples();
    {
        auto transaction = database->write();
        transaction.execute(insert_number, {{"id", 1}, {"number", 1}});
        EXPECT_THROW(transaction.execute(insert_number, {{"id", 2}, {"number", -1}}), ConstraintViolation);
        EXPECT_THROW(transaction.commit(), std::logic_error);
    }
    EXPECT_EQ(count(*database), 0);
}

TEST_P(DatabaseTest, SaysSoWhenAnotherProcessHoldsTheLock) {
    const auto database = open_with_samples({.wait_max = 10ms});
    const auto elsewhere = open({.wait_max = 10ms});
    {
        auto holder = elsewhere->write();
        holder.execute(insert_number, {{"id", 1}, {"number", 1}});
        EXPECT_THROW(insert(*database, 1), Unavailable);
        holder.commit();
    }
    insert(*database, 2);
    EXPECT_EQ(count(*database), 2);
}

TEST_P(DatabaseTest, CountsWhatOthersCommit) {
    const auto database = open_with_samples();
    auto counter = database->change_counter();
    const auto before = counter.data_version();
    EXPECT_EQ(counter.data_version(), before);
    { auto lost = database->write(); }
    EXPECT_EQ(counter.data_version(), before) << "nothing was committed";
    insert(*database, 1);
    const auto after = counter.data_version();
    EXPECT_NE(after, before);
    EXPECT_EQ(counter.data_version(), after);
    insert(*open(), 2);
    EXPECT_NE(counter.data_version(), after) << "another process";
}

TEST_P(DatabaseTest, TellsItsTime) {
    const auto database = open();
    auto transaction = database->read();
    EXPECT_EQ(transaction.now(), clock.now());
    clock.advance(1h);
    EXPECT_EQ(transaction.now(), clock.now());
}

TEST(CheckText, TakesUtf8AndNothingElse) {
    for (const auto& text : {""s, "plain"s, "déjà vu"s, "日本"s, "\xf0\x9f\x8f\x83"s, "\xf4\x8f\xbf\xbf"s})
        EXPECT_TRUE(check_text("the text", text));
    for (const auto& text :
         {"a\0b"s, "\x80"s, "\xc3"s, "\xc0\xaf"s, "\xe0\x9f\xbf"s, "\xed\xa0\x80"s, "\xf4\x90\x80\x80"s,
          "\xf5\x80\x80\x80"s, "\xe6\x97"s, "\xf0\x9f\x8f"s, "caf\xe9 noir"s})
        EXPECT_EQ(check_text("the text", text).error().code, Code::invalid_argument);
    EXPECT_EQ(check_text("the text", "ab\xff").error().message, "the text is not UTF-8 at byte 2");
}

}  // namespace
}  // namespace posed::database
