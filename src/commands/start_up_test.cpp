// What a new program makes of the data folder of an older one.

#include "commands/start_up.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/clock.h"
#include "database/database.h"
#include "tests/support/shared_data.h"

namespace posed::commands {
namespace {

using database::Migration;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class StartUp : public testing::Test {
  protected:
    StartUp() { config.data_directory = folder.path(); }

    /// The migrations of a next release.
    static std::vector<Migration> with_one_more(std::string_view up) {
        const auto known = database::embedded_migrations();
        std::vector<Migration> migrations(known.begin(), known.end());
        migrations.push_back(
            {.number = static_cast<int>(known.size()) + 1, .name = "labels", .up = up, .down = ""});
        return migrations;
    }

    [[nodiscard]] std::unique_ptr<database::Database> open(const std::filesystem::path& file) const {
        return database::open_sqlite(file, {}, system_clock()).value();
    }

    /// The database of this program, with a row.
    void make_database() const {
        const auto database = open(folder.path() / "posed.db");
        database::migrate_up(*database).value();
        auto transaction = database->write();
        transaction.execute("INSERT INTO removals (object_key, not_before) VALUES ('an old row', 0)");
        transaction.commit();
    }

    [[nodiscard]] static std::vector<std::string> rows_of(database::Database& database) {
        std::vector<std::string> keys;
        for (const auto& row : database.read().query("SELECT object_key FROM removals"))
            keys.push_back(row.get<std::string>("object_key"));
        return keys;
    }

    [[nodiscard]] static std::ptrdiff_t applied(database::Database& database) {
        return std::ranges::count_if(database::migration_status(database),
                                     [](const auto& state) { return state.applied_at.has_value(); });
    }

    [[nodiscard]] std::vector<std::filesystem::path> backups() const {
        std::vector<std::filesystem::path> files;
        std::error_code none;
        for (const auto& entry : std::filesystem::directory_iterator(folder.path() / "backups", none))
            files.push_back(entry.path());
        std::ranges::sort(files);
        return files;
    }

    /// The one backup is the database as `make_database` has left it.
    void expect_backup() const {
        ASSERT_THAT(backups(), SizeIs(1));
        const auto name = backups().front().filename().string();
        EXPECT_TRUE(name.ends_with("-schema-" + std::to_string(known) + ".db")) << name;
        const auto backup = open(backups().front());
        EXPECT_EQ(applied(*backup), known);
        EXPECT_TRUE(database::check_schema(*backup));
        EXPECT_THAT(rows_of(*backup), ElementsAre("an old row"));
    }

    const std::ptrdiff_t known = std::ssize(database::embedded_migrations());
    tests::TemporaryFolder folder;
    ServiceConfig config;
};

TEST_F(StartUp, MakesANewDatabaseAndNoBackup) {
    EXPECT_TRUE(bring_up_to_date(config, silent_log()));
    EXPECT_EQ(applied(*open(folder.path() / "posed.db")), known);
    EXPECT_THAT(backups(), IsEmpty());
}

TEST_F(StartUp, BacksUpWhatItMigratesAndNothingElse) {
    make_database();
    EXPECT_TRUE(bring_up_to_date(config, silent_log()));
    EXPECT_THAT(backups(), IsEmpty()) << "nothing was to be migrated";
    const auto newer = with_one_more("ALTER TABLE removals ADD COLUMN label TEXT;\n");
    EXPECT_TRUE(bring_up_to_date(config, silent_log(), newer));
    expect_backup();
    EXPECT_TRUE(bring_up_to_date(config, silent_log(), newer));
    EXPECT_THAT(backups(), SizeIs(1)) << "nothing was to be migrated any more";
    const auto migrated = open(folder.path() / "posed.db");
    EXPECT_EQ(applied(*migrated), known + 1);
    EXPECT_THAT(migrated->read().query("SELECT label FROM removals"), SizeIs(1));
}

TEST_F(StartUp, LeavesBackupAndDatabaseWhenAMigrationFails) {
    make_database();
    const auto broken =
        with_one_more("ALTER TABLE removals ADD COLUMN label TEXT;\nINSERT INTO nowhere VALUES (1);\n");
    EXPECT_THROW((void)bring_up_to_date(config, silent_log(), broken), std::logic_error);
    expect_backup();
    const auto database = open(folder.path() / "posed.db");
    EXPECT_EQ(applied(*database), known);
    EXPECT_THAT(rows_of(*database), ElementsAre("an old row"));
    EXPECT_TRUE(bring_up_to_date(config, silent_log())) << "the old program runs on it";
}

TEST_F(StartUp, MigratesNothingThatItCannotBackUp) {
    make_database();
    std::ofstream(folder.path() / "backups") << "a file in the way";
    const auto newer = with_one_more("ALTER TABLE removals ADD COLUMN label TEXT;\n");
    EXPECT_TRUE(bring_up_to_date(config, silent_log(), newer).has_error());
    EXPECT_EQ(applied(*open(folder.path() / "posed.db")), known);
}

TEST_F(StartUp, KeepsTheNewestBackups) {
    make_database();
    std::filesystem::create_directory(folder.path() / "backups");
    for (const auto* name :
         {"20200101T000000Z-schema-1.db", "20210101T000000Z-schema-1.db", "20220101T000000Z-schema-1.db"})
        std::ofstream(folder.path() / "backups" / name) << "an old one";
    const auto newer = with_one_more("ALTER TABLE removals ADD COLUMN label TEXT;\n");
    EXPECT_TRUE(bring_up_to_date(config, silent_log(), newer));
    ASSERT_THAT(backups(), SizeIs(backups_kept));
    EXPECT_EQ(backups().front().filename(), "20210101T000000Z-schema-1.db");
    EXPECT_THAT(rows_of(*open(backups().back())), ElementsAre("an old row"));
}

}  // namespace
}  // namespace posed::commands
