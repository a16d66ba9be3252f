// What becomes of a SQLite database when its process or its disk fails it.

#include <array>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "database/database.h"
#include "database/migrations.h"
#include "tests/support/shared_data.h"
#include "tests/support/small_file_system.h"

namespace posed::database {
namespace {

using tests::TemporaryFolder;

constexpr auto insert = "INSERT INTO removals (object_key, not_before) VALUES (:key, 0)";

std::int64_t count(Database& database) {
    return database.read().query("SELECT count(*) AS n FROM removals").front().get<std::int64_t>("n");
}

/// Commits one row, writes another, and waits to be killed.
[[noreturn]] void write_and_wait(const std::filesystem::path& file, int ready) {
    const auto database = open_sqlite(file, {}, system_clock()).value();
    auto first = database->write();
    first.execute(insert, {{"key", "committed"}});
    first.commit();
    // Enough to reach the log before the commit.
    auto second = database->write();
    for (int i = 0; i < 20'000; ++i)
        second.execute(insert, {{"key", std::string(1000, 'x') + std::to_string(i)}});
    static_cast<void>(::write(ready, "r", 1));
    while (true)
        ::pause();
}

TEST(SqliteFaults, AKilledProcessLeavesWhatItCommitted) {
    const TemporaryFolder folder;
    const auto file = folder.path() / "posed.db";
    migrate_up(*open_sqlite(file, {}, system_clock()).value()).value();
    std::array<int, 2> ready{};
    ASSERT_EQ(::pipe(ready.data()), 0);
    const auto child = ::fork();
    if (child == 0)
        write_and_wait(file, ready[1]);
    ::close(ready[1]);
    char said = 0;
    ASSERT_EQ(::read(ready[0], &said, 1), 1);
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    ::close(ready[0]);

    const auto database = open_sqlite(file, {}, system_clock()).value();
    EXPECT_EQ(count(*database), 1);
    auto transaction = database->write();
    EXPECT_EQ(transaction.execute(insert, {{"key", "next"}}), 1) << "its lock went with it";
    transaction.commit();
    EXPECT_EQ(database->read().query("PRAGMA integrity_check").front().get<std::string>("integrity_check"),
              "ok");
}

TEST(SqliteFaults, AFullDiskLosesOneTransactionAndNothingElse) {
    const tests::SmallFileSystem disk(2 << 20);
    POSED_NEEDS_DISK(disk);
    const auto database = open_sqlite(disk.path() / "posed.db", {}, system_clock()).value();
    migrate_up(*database).value();
    const auto insert_one = [&](const std::string& key) {
        auto transaction = database->write();
        transaction.execute(insert, {{"key", key}});
        transaction.commit();
    };
    insert_one("first");
    std::ofstream filler(disk.path() / "filler");
    while (filler << std::string(4096, 'x') << std::flush) {
    }
    EXPECT_THROW(insert_one(std::string(100'000, 'x')), Unavailable);
    EXPECT_EQ(count(*database), 1) << "it still answers";
    std::filesystem::remove(disk.path() / "filler");
    filler.close();
    insert_one("second");
    EXPECT_EQ(count(*database), 2);
}

TEST(SqliteFaults, ADatabaseThatIsDamagedLaterIsUnavailable) {
    const TemporaryFolder folder;
    const auto file = folder.path() / "posed.db";
    migrate_up(*open_sqlite(file, {}, system_clock()).value()).value();
    {
        std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
        bytes.seekp(100);
        bytes << std::string(20'000, '\xff');
    }
    const auto database = open_sqlite(file, {}, system_clock());
    if (database)
        EXPECT_THROW(static_cast<void>(count(**database)), Unavailable);
    else
        EXPECT_EQ(database.error().code, Code::unavailable);
}

}  // namespace
}  // namespace posed::database
