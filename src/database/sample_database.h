#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/clock.h"
#include "database/database.h"
#include "database/migrations.h"

/// The databases that the suites of this folder run on. A suite is written once, against SQL that all of them
/// understand: `class X : public DatabaseSuite {}; INSTANTIATE_TEST_SUITE_P(, X, every_database(),
/// name_of_kind)`.
namespace posed::database {

/// An empty database of its own, removed at the end.
class SampleDatabase {
  public:
    virtual ~SampleDatabase() = default;

    /// Opens it; several may be open at once.
    [[nodiscard]] virtual std::unique_ptr<Database> open(const DatabaseOptions& options,
                                                         const Clock& clock) = 0;
};

struct DatabaseKind {
    std::string name;
    std::function<std::unique_ptr<SampleDatabase>()> make;
    std::function<std::optional<std::string>()> why_lacking;  ///< nothing: it can be made

    friend std::ostream& operator<<(std::ostream& out, const DatabaseKind& kind) { return out << kind.name; }
};

[[nodiscard]] const std::vector<DatabaseKind>& database_kinds();

/// Where that kind is lacking, the test is skipped, or fails in CI; what it is made of gets another kind.
[[nodiscard]] std::unique_ptr<SampleDatabase> make_or_skip(const DatabaseKind& kind);

[[nodiscard]] inline auto every_database() {
    return testing::ValuesIn(database_kinds());
}

[[nodiscard]] inline std::string name_of_kind(const testing::TestParamInfo<DatabaseKind>& kind) {
    return kind.param.name;
}

/// Begins with an empty database.
class DatabaseSuite : public testing::TestWithParam<DatabaseKind> {
  protected:
    [[nodiscard]] std::unique_ptr<Database> open(const DatabaseOptions& options = {}) {
        return sample_database_->open(options, clock);
    }

    /// With the tables of this program.
    [[nodiscard]] std::unique_ptr<Database> open_with_tables(const DatabaseOptions& options = {}) {
        auto database = open(options);
        migrate_up(*database).value();
        return database;
    }

    ManualClock clock;

  private:
    std::unique_ptr<SampleDatabase> sample_database_ = make_or_skip(GetParam());
};

}  // namespace posed::database
