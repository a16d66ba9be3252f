#include "database/test_database.h"

#include "tests/support/shared_data.h"

namespace posed::database {
namespace {

class SqliteTestDatabase final : public TestDatabase {
  public:
    std::unique_ptr<Database> open(const DatabaseOptions& options, const Clock& clock) override {
        return open_sqlite(folder_.path() / "posed.db", options, clock).value();
    }

  private:
    tests::TemporaryFolder folder_;
};

}  // namespace

const std::vector<DatabaseKind>& database_kinds() {
    static const std::vector<DatabaseKind> kinds = {
        {"sqlite", [] { return std::make_unique<SqliteTestDatabase>(); }}};
    return kinds;
}

}  // namespace posed::database
