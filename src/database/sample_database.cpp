#include "database/sample_database.h"

#include "tests/support/postgres_server.h"
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

/// A schema of its own on the server that the tests of this program share.
class PostgresSampleDatabase final : public SampleDatabase {
  public:
    PostgresSampleDatabase() { run("CREATE SCHEMA " + schema_); }
    PostgresSampleDatabase(const PostgresSampleDatabase&) = delete;
    PostgresSampleDatabase& operator=(const PostgresSampleDatabase&) = delete;
    ~PostgresSampleDatabase() override { run("DROP SCHEMA " + schema_ + " CASCADE"); }

    std::unique_ptr<Database> open(const DatabaseOptions& options, const Clock& clock) override {
        const auto url = tests::PostgresServer::shared().url("options=-csearch_path%3D" + schema_);
        return open_postgres(url, options, &clock).value();
    }

  private:
    static void run(const std::string& statement) {
        const auto database = open_postgres(tests::PostgresServer::shared().url(), {}).value();
        auto transaction = database->write();
        transaction.execute(statement);
        transaction.commit();
    }

    static std::string next_name() {
        static int count = 0;
        return "sample" + std::to_string(++count);
    }

    const std::string schema_ = next_name();
};

void require(const DatabaseKind& kind) {
    const auto lacking = kind.why_lacking();
    POSED_REQUIRES(!lacking, *lacking);
}

}  // namespace

std::unique_ptr<SampleDatabase> make_or_skip(const DatabaseKind& kind) {
    require(kind);
    return kind.why_lacking() ? std::make_unique<SqliteSampleDatabase>() : kind.make();
}

const std::vector<DatabaseKind>& database_kinds() {
    static const std::vector<DatabaseKind> kinds = {
        {"sqlite", [] { return std::make_unique<SqliteSampleDatabase>(); }, [] { return std::nullopt; }},
        {"postgresql", [] { return std::make_unique<PostgresSampleDatabase>(); }, &tests::why_no_postgres}};
    return kinds;
}

}  // namespace posed::database
