#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/clock.h"
#include "database/database.h"

/// The databases that the suites of this folder run on. A suite is written once, against SQL that all of them
/// understand: `class X : public DatabaseSuite {}; INSTANTIATE_TEST_SUITE_P(, X, every_database(),
/// name_of_kind)`.
namespace posed::database {

/// An empty database of its own, removed at the end.
class TestDatabase {
  public:
    virtual ~TestDatabase() = default;

    /// Opens it; several may be open at once.
    [[nodiscard]] virtual std::unique_ptr<Database> open(const DatabaseOptions& options,
                                                         const Clock& clock) = 0;
};

struct DatabaseKind {
    std::string name;
    std::function<std::unique_ptr<TestDatabase>()> make;
};

[[nodiscard]] const std::vector<DatabaseKind>& database_kinds();

[[nodiscard]] inline auto every_database() {
    return testing::ValuesIn(database_kinds());
}

[[nodiscard]] inline std::string name_of_kind(const testing::TestParamInfo<DatabaseKind>& kind) {
    return kind.param.name;
}

class DatabaseSuite : public testing::TestWithParam<DatabaseKind> {
  protected:
    [[nodiscard]] std::unique_ptr<Database> open(const DatabaseOptions& options = {}) {
        return test_database_->open(options, clock_);
    }

    ManualClock clock_;

  private:
    std::unique_ptr<TestDatabase> test_database_ = GetParam().make();
};

}  // namespace posed::database
