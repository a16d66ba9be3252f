#include "tests/service/backing.h"

#include <cstdlib>
#include <stdexcept>
#include <vector>

#include <gtest/gtest.h>

#include "base/clock.h"
#include "tests/support/bucket.h"
#include "tests/support/postgres_server.h"
#include "tests/support/private_redis.h"
#include "tests/support/process.h"
#include "tests/support/s3_server.h"
#include "tests/support/shared_data.h"

namespace posed::tests {
namespace {

/// Of the test that runs.
std::string& bucket() {
    static std::string url;
    return url;
}

void run_well(const std::vector<std::string>& command) {
    const auto ended = run(command);
    if (ended.exit_code != 0)
        throw std::runtime_error(command.front() + ": " + ended.output + ended.errors);
}

/// Tells all that this process starts from now on where its things are.
class Servers final : public testing::EmptyTestEventListener {
  public:
    Servers() {
        set("POSED_DATABASE_URL", PostgresServer::shared().tcp_url());
        set("POSED_REDIS_URL", redis_.url());
        set("POSED_S3_ACCESS_KEY", S3Server::access_key);
        set("POSED_S3_SECRET_KEY", S3Server::secret_key);
    }

    void OnTestStart(const testing::TestInfo&) override {
        PostgresServer::shared().run_sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public");
        run_well({posed_program(), "migrate", "up"});
        run_well({"redis-cli", "-p", std::to_string(redis_.port()), "FLUSHALL"});
        bucket() = S3Server::shared().url() + "/" + S3Server::shared().make_bucket();
        set("POSED_STORE_URL", bucket());
    }

  private:
    static void set(const char* name, const std::string& value) { ::setenv(name, value.c_str(), 1); }

    PrivateRedis redis_;
};

class Preparation final : public testing::Environment {
  public:
    void SetUp() override {
        if (!on_servers())
            return;
        POSED_NEEDS_POSTGRES();
        POSED_NEEDS_S3();
        testing::UnitTest::GetInstance()->listeners().Append(std::make_unique<Servers>().release());
    }
};

[[maybe_unused]] const auto* const preparation =
    testing::AddGlobalTestEnvironment(std::make_unique<Preparation>().release());

}  // namespace

std::unique_ptr<database::Database> open_records(const std::filesystem::path& data_directory) {
    const database::DatabaseOptions options{.sessions_max = 1};
    if (on_servers())
        return database::open_postgres(PostgresServer::shared().url(), options).value();
    return database::open_sqlite(data_directory / "posed.db", options, system_clock()).value();
}

std::set<std::string> object_keys(const std::filesystem::path& data_directory) {
    std::set<std::string> keys;
    if (on_servers()) {
        open_bucket(bucket())
            ->list([&](const storage::ObjectInfo& object) { keys.insert(object.key); })
            .value();
        return keys;
    }
    const auto folder = data_directory / "objects";
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
        if (entry.is_regular_file())
            keys.insert(entry.path().lexically_relative(folder).string());
    return keys;
}

}  // namespace posed::tests
