#include "database/sample_database.h"

#include "tests/support/shared_data.h"

namespace posed::database {
namespace {

class SqliteSampleDatabase final : public SampleDatabase {
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
        {"sqlite", [] { return std::make_unique<SqliteSampleDatabase>(); }}};
    return kinds;
}

}  // namespace posed::database
