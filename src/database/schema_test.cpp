// The schema itself refuses rows that must not be.

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "database/sample_database.h"

namespace posed::database {
namespace {

class SchemaTest : public DatabaseSuite {
  protected:
    std::unique_ptr<Database> database_ = open_with_tables();
};

INSTANTIATE_TEST_SUITE_P(, SchemaTest, every_database(), name_of_kind);

TEST_P(SchemaTest, HasItsTables) {
    for (const auto* table :
         {"videos", "estimations", "visualizations", "removals", "tasks", "workers", "worker_capabilities"})
        EXPECT_TRUE(database_->read().has_table(table)) << table;
}

}  // namespace
}  // namespace posed::database
