#include "database/data_directory.h"

#include <csignal>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "database/backup.h"
#include "database/database.h"
#include "database/migrations.h"
#include "tests/support/process.h"
#include "tests/support/shared_data.h"

namespace posed::database {
namespace {

using tests::TemporaryFolder;

TEST(DataDirectory, IsHeldByOneServiceThatARefusalNames) {
    const TemporaryFolder folder;
    {
        const auto first = lock_data_directory(folder.path());
        ASSERT_TRUE(first);
        const auto second = lock_data_directory(folder.path());
        ASSERT_FALSE(second);
        EXPECT_EQ(second.error().code, Code::conflict);
        EXPECT_NE(second.error().message.find("process " + std::to_string(::getpid())), std::string::npos)
            << second.error().message;
    }
    EXPECT_TRUE(lock_data_directory(folder.path()));
}

TEST(DataDirectory, IsFreeAgainWhenItsServiceWasKilled) {
    const TemporaryFolder folder;
    std::array<int, 2> held{};
    ASSERT_EQ(::pipe(held.data()), 0);
    const auto child = ::fork();
    if (child == 0) {
        const auto lock = lock_data_directory(folder.path());
        const char answer = lock ? 'y' : 'n';
        static_cast<void>(::write(held[1], &answer, 1));
        ::pause();
        ::_exit(0);
    }
    char answer = 0;
    ASSERT_EQ(::read(held[0], &answer, 1), 1);
    EXPECT_EQ(answer, 'y');
    const auto refused = lock_data_directory(folder.path());
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().message.find(std::to_string(child)), std::string::npos);
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    EXPECT_TRUE(lock_data_directory(folder.path()));
    ::close(held[0]);
    ::close(held[1]);
}

TEST(DataDirectory, MustExist) {
    EXPECT_EQ(lock_data_directory("/nowhere/at/all").error().code, Code::not_found);
}

TEST(DataDirectory, IsNotOnANetworkFileSystem) {
    EXPECT_EQ(network_file_system(0x6969), "NFS");
    EXPECT_EQ(network_file_system(0xfe534d42), "SMB2");
    EXPECT_EQ(network_file_system(0x65735546), "FUSE");
    EXPECT_EQ(network_file_system(0xef53), std::nullopt) << "ext4";
    EXPECT_EQ(network_file_system(0x01021994), std::nullopt) << "tmpfs";
    const TemporaryFolder folder;
    EXPECT_TRUE(check_file_system(folder.path()));
}

TEST(OpenSqlite, SaysWhatIsWrongWithThePlace) {
    const TemporaryFolder folder;
    EXPECT_EQ(open_sqlite("/nowhere/at/all/posed.db", {}, system_clock()).error().code, Code::not_found);
    EXPECT_EQ(open_sqlite(folder.path() / "a\"b.db", {}, system_clock()).error().code,
              Code::invalid_argument);
    EXPECT_EQ(open_sqlite(folder.path(), {}, system_clock()).error().code, Code::invalid_argument);
    std::ofstream(folder.path() / "text.db") << std::string(8192, 'x');
    EXPECT_EQ(open_sqlite(folder.path() / "text.db", {}, system_clock()).error().code, Code::unavailable);
}

TEST(OpenSqlite, TakesAnyOtherName) {
    const TemporaryFolder folder;
    const auto odd = folder.path() / "a folder = with; 'odd'  words\n";
    std::filesystem::create_directory(odd);
    const auto file = odd / " posed.db ";
    {
        const auto database = open_sqlite(file, {}, system_clock()).value();
        migrate_up(*database).value();
    }
    EXPECT_TRUE(std::filesystem::exists(file));
    EXPECT_EQ(tests::files_in(odd), 1U) << "the last session takes the log with it";
}

TEST(Backup, HoldsWhatWasCommittedWhenItWasMade) {
    const TemporaryFolder folder;
    const auto file = folder.path() / "posed.db";
    const auto copy = folder.path() / "copy of posed.db";
    const auto database = open_sqlite(file, {}, system_clock()).value();
    migrate_up(*database).value();
    const auto insert = [](Transaction& transaction, const std::string& key) {
        transaction.execute("INSERT INTO removals (object_key, not_before) VALUES (:key, 0)", {{"key", key}});
    };
    {
        auto first = database->write();
        insert(first, "committed");
        first.commit();
    }
    auto open = database->write();
    insert(open, "not yet");
    std::ofstream(copy) << "an older copy";
    ASSERT_TRUE(back_up_sqlite(file, copy));
    open.commit();
    const auto restored = open_sqlite(copy, {}, system_clock()).value();
    EXPECT_TRUE(check_schema(*restored));
    const auto rows = restored->read().query("SELECT object_key FROM removals");
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows.front().get<std::string>("object_key"), "committed");
}

TEST(Backup, IsRefusedWhereThereIsNothingToCopy) {
    const TemporaryFolder folder;
    EXPECT_EQ(back_up_sqlite(folder.path() / "posed.db", folder.path() / "copy").error().code,
              Code::not_found);
    EXPECT_EQ(tests::files_in(folder.path()), 0U);
}

}  // namespace
}  // namespace posed::database
