// The schema goes up and down without losing data.

#include "database/migrations.h"

#include <algorithm>
#include <array>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "database/sample_database.h"

namespace posed::database {
namespace {

constexpr auto steps = std::to_array<Migration>({
    {1, "birds",
     "CREATE TABLE birds (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name TEXT NOT NULL);\n",
     "DROP TABLE birds;\n"},
    {2, "wings",
     "ALTER TABLE birds ADD COLUMN wing_mm BIGINT;\nCREATE INDEX birds_by_wing ON birds (wing_mm);\n",
     "DROP INDEX birds_by_wing;\nALTER TABLE birds DROP COLUMN wing_mm;\n"},
    {3, "nests", "CREATE TABLE nests (id BIGINT PRIMARY KEY);\n", "DROP TABLE nests;\n"},
});
constexpr std::span<const Migration> up_to(std::size_t count) {
    return std::span(steps).first(count);
}

class MigrationsTest : public DatabaseSuite {
  protected:
    void insert(const std::string& statement) {
        auto transaction = database->write();
        transaction.execute(statement);
        transaction.commit();
    }

    std::unique_ptr<Database> database = open();
};

INSTANTIATE_TEST_SUITE_P(, MigrationsTest, every_database(), name_of_kind);

TEST_P(MigrationsTest, TheProgramsOwnGoUpDownAndUpAgain) {
    const auto count = static_cast<int>(embedded_migrations().size());
    ASSERT_GE(count, 1);
    EXPECT_EQ(migrate_up(*database).value(), count);
    EXPECT_TRUE(check_schema(*database));
    EXPECT_EQ(migrate_up(*database).value(), 0);
    for (int i = 0; i < count; ++i)
        EXPECT_TRUE(migrate_down(*database, DataLoss::refuse));
    EXPECT_EQ(migrate_down(*database, DataLoss::refuse).error().code, Code::not_found);
    EXPECT_FALSE(database->read().has_table("videos"));
    EXPECT_EQ(migrate_up(*database).value(), count);
    EXPECT_TRUE(check_schema(*database));
}

TEST_P(MigrationsTest, RowsOfAnOldSchemaStay) {
    ASSERT_EQ(migrate_up(*database, up_to(1)).value(), 1);
    insert("INSERT INTO birds (name) VALUES ('wren')");
    EXPECT_EQ(migrate_up(*database, up_to(3)).value(), 2);
    const auto birds = database->read().query("SELECT id, name, wing_mm FROM birds");
    ASSERT_EQ(birds.size(), 1U);
    EXPECT_EQ(birds.front().get<std::string>("name"), "wren");
    EXPECT_EQ(birds.front().get<std::optional<std::int64_t>>("wing_mm"), std::nullopt);
}

TEST_P(MigrationsTest, AProgramRunsOnItsSchemaAndTheNext) {
    for (std::size_t applied = 0; applied <= 3; ++applied) {
        migrate_up(*database, up_to(applied)).value();
        for (std::size_t built_for = 0; built_for <= 3; ++built_for)
            EXPECT_EQ(check_schema(*database, up_to(built_for)).has_value(),
                      applied == built_for || applied == built_for + 1)
                << "built for " << built_for << ", schema " << applied;
    }
    EXPECT_EQ(migrate_up(*database, up_to(1)).error().code, Code::conflict) << "a schema much newer";
    EXPECT_EQ(migrate_up(*database, up_to(2)).value(), 0) << "the next schema";
}

TEST_P(MigrationsTest, StatusNamesWhatIsAppliedAndWhatIsUnknown) {
    migrate_up(*database, up_to(2)).value();
    const auto newer = migration_status(*database, up_to(3));
    ASSERT_EQ(newer.size(), 3U);
    EXPECT_EQ(newer[1].name, "wings");
    EXPECT_EQ(newer[1].applied_at, clock.now());
    EXPECT_FALSE(newer[2].applied_at);
    const auto older = migration_status(*database, up_to(1));
    ASSERT_EQ(older.size(), 2U);
    EXPECT_TRUE(older[0].known);
    EXPECT_FALSE(older[1].known);
}

TEST_P(MigrationsTest, RefusesAnAppliedMigrationThatChanged) {
    migrate_up(*database, up_to(1)).value();
    auto changed = steps;
    changed[0].up = "CREATE TABLE birds (id BIGINT PRIMARY KEY);\n";
    EXPECT_EQ(migrate_up(*database, changed).error().code, Code::conflict);
    EXPECT_EQ(migrate_down(*database, DataLoss::accept, changed).error().code, Code::conflict);
    EXPECT_EQ(check_schema(*database, std::span(changed).first(1)).error().code, Code::conflict);
}

TEST_P(MigrationsTest, AFailedMigrationLeavesTheSchemaAsItWas) {
    auto broken = steps;
    broken[2].up = "CREATE TABLE nests (id BIGINT PRIMARY KEY);\nINSERT INTO nowhere VALUES (1);\n";
    EXPECT_THROW(static_cast<void>(migrate_up(*database, broken)), std::logic_error);
    EXPECT_FALSE(database->read().has_table("birds"));
    EXPECT_FALSE(database->read().has_table("nests"));
    EXPECT_EQ(migrate_up(*database, steps).value(), 3);
}

TEST_P(MigrationsTest, GoingDownKeepsDataUnlessToldOtherwise) {
    migrate_up(*database, up_to(2)).value();
    insert("INSERT INTO birds (name) VALUES ('wren')");
    EXPECT_TRUE(migrate_down(*database, DataLoss::refuse, up_to(2))) << "no wing was measured";
    EXPECT_EQ(migrate_down(*database, DataLoss::refuse, up_to(2)).error().code, Code::conflict);
    migrate_up(*database, up_to(2)).value();
    insert("UPDATE birds SET wing_mm = 50");
    const auto refused = migrate_down(*database, DataLoss::refuse, up_to(2));
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().message.find("1 rows"), std::string::npos) << refused.error().message;
    EXPECT_TRUE(migrate_down(*database, DataLoss::accept, up_to(2)));
    EXPECT_TRUE(migrate_down(*database, DataLoss::accept, up_to(2)));
    EXPECT_FALSE(database->read().has_table("birds"));
}

TEST_P(MigrationsTest, DoesNotTakeBackWhatItDoesNotKnow) {
    migrate_up(*database, up_to(2)).value();
    EXPECT_EQ(migrate_down(*database, DataLoss::accept, up_to(1)).error().code, Code::conflict);
}

TEST_P(MigrationsTest, OneOfManyMigratesAtATime) {
    std::vector<int> applied(4, -1);
    {
        std::vector<std::jthread> threads;
        for (auto& count : applied)
            threads.emplace_back([this, &count] { count = migrate_up(*open(), steps).value(); });
    }
    std::ranges::sort(applied);
    EXPECT_EQ(applied, (std::vector{0, 0, 0, 3}));
}

}  // namespace
}  // namespace posed::database
