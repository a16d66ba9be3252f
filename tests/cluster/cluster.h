#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "database/database.h"
#include "storage/object_store.h"
#include "tests/service/running_service.h"
#include "tests/service/service_client.h"
#include "tests/support/cutting_proxy.h"
#include "tests/support/faulty_proxy.h"
#include "tests/support/postgres_server.h"
#include "tests/support/private_redis.h"
#include "tests/support/process.h"
#include "tests/support/s3_server.h"

namespace posed::tests {

enum class Role { server, inference, rendering };
inline constexpr std::array every_role{Role::server, Role::inference, Role::rendering};
[[nodiscard]] const char* name_of(Role role);

/// What is made up for each user, and nobody else may see.
struct Credentials {
    std::string database_user;
    std::string database_password;
    std::string redis_user;
    std::string redis_password;
    std::string s3_user;
    std::string s3_key;
    std::string s3_secret;
};
[[nodiscard]] const Credentials& credentials_of(Role role);

/// Each has a process of every role and a data folder of its own. The first reaches the database through a
/// proxy.
enum class Machine { first, second };
inline constexpr std::array both_machines{Machine::first, Machine::second};

inline constexpr std::chrono::seconds lease{2};

/// How long faults last: longer than a lease, and with LONG_FAULTS=yes as long as in life.
struct Durations {
    std::chrono::seconds hang{3};
    std::chrono::seconds outage{5};
    std::chrono::seconds without_redis{4};
};
[[nodiscard]] const Durations& durations();

/// Two servers, two inference and two rendering workers on a PostgreSQL, a Redis and an S3 server, all
/// started for it. Each role has credentials of its own that allow what docs/reliability.md says. Used by one
/// thread; clients may be used by any.
class Cluster {
  public:
    Cluster();

    /// The one that all tests of this program share. Ends with the program.
    [[nodiscard]] static Cluster& shared();

    [[nodiscard]] PostgresServer& postgres() { return postgres_; }
    [[nodiscard]] PrivateRedis& redis() { return redis_; }
    [[nodiscard]] S3Server& s3() { return s3_; }
    [[nodiscard]] const std::string& bucket() const { return bucket_; }

    /// Between the first machine and the database.
    [[nodiscard]] CuttingProxy& to_database() { return to_database_; }
    /// Between everybody and the S3 server.
    [[nodiscard]] FaultyProxy& to_store() { return to_store_; }

    [[nodiscard]] Process& process(Role role, Machine machine) { return processes_.at({role, machine}); }

    /// The program that starts on that machine from now on: at first the one under test on both.
    void choose_program(Machine machine, const std::string& program) { programs_.at(machine) = program; }

    [[nodiscard]] const std::string& program(Machine machine) const { return programs_.at(machine); }

    /// Anew, in the place of one that still runs or has ended. `under`: a program that starts it.
    void start(Role role, Machine machine, const std::vector<std::string>& under = {});

    /// Both servers answer that all is well.
    void wait_until_ready();

    [[nodiscard]] std::uint16_t port(Machine machine) const { return ports_.at(machine); }
    [[nodiscard]] ServiceClient client(Machine machine) const { return ServiceClient(ports_.at(machine)); }

    /// As the tables' owner, and as the bucket's.
    [[nodiscard]] database::Database& records() { return *records_; }
    [[nodiscard]] storage::ObjectStore& objects() { return *objects_; }

    /// How many rows there are, and the number `n` of the first.
    [[nodiscard]] std::int64_t rows(const std::string& query);
    [[nodiscard]] std::int64_t count(const std::string& query);

    /// What Redis says to a command of its administrator.
    std::string say_to_redis(const std::vector<std::string>& command) const;

    /// Of the logs of all processes that run now.
    [[nodiscard]] std::string lines_with(const std::string& text) const;

    /// What the S3 server answers the role's user.
    [[nodiscard]] int status_from_store(Role role, const std::string& method,
                                        const std::string& target) const;

  private:
    [[nodiscard]] std::vector<std::string> settings(Role role, Machine machine) const;
    void make_users();
    void migrate() const;

    TemporaryFolder folder_;
    PostgresServer postgres_;
    PrivateRedis redis_;
    S3Server s3_;
    std::string bucket_;
    CuttingProxy to_database_;
    FaultyProxy to_store_;
    std::unique_ptr<database::Database> records_;
    std::unique_ptr<storage::ObjectStore> objects_;
    std::map<Machine, std::uint16_t> ports_;
    std::map<Machine, std::string> programs_;
    std::map<std::pair<Role, Machine>, Process> processes_;
};

/// Tests on the shared cluster, which they leave as they found it.
class ClusterTest : public testing::Test {
  protected:
    void SetUp() override;
    static Cluster& cluster() { return Cluster::shared(); }
};

/// Lets that much time pass.
void pause_for(std::chrono::milliseconds duration);

}  // namespace posed::tests
