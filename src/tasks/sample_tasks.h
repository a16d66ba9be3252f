#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/clock.h"
#include "base/random.h"
#include "database/database.h"
#include "database/sample_database.h"
#include "domain/records.h"
#include "tasks/announcer.h"
#include "tasks/lease.h"
#include "tasks/reaper.h"
#include "tasks/submit.h"
#include "tasks/task.h"
#include "tests/support/private_redis.h"
#include "tests/support/shared_data.h"

/// What the suites of this folder share. Each is written once and runs on every backend, a database with a
/// way to announce: `class X : public TaskSuite {}; INSTANTIATE_TEST_SUITE_P(, X, every_backend(),
/// name_of_backend)`.
namespace posed::tasks {

inline constexpr auto lease_duration = LeaseTimes{}.duration;

struct Backend {
    database::DatabaseKind database;
    std::string name;
    std::function<std::unique_ptr<Announcer>(database::Database&)> make_announcer;
    bool needs_servers = false;
};

/// The Redis of the backends that announce by it.
[[nodiscard]] tests::PrivateRedis& sample_redis();

[[nodiscard]] const std::vector<Backend>& backends();

[[nodiscard]] inline auto every_backend() {
    return testing::ValuesIn(backends());
}

[[nodiscard]] inline std::string name_of_backend(const testing::TestParamInfo<Backend>& backend) {
    return backend.param.name;
}

[[nodiscard]] Capability capable_of(const std::string& kind, const std::optional<Pins>& pins = std::nullopt);

/// A migrated database and a clock that is turned by hand.
class TaskSuite : public testing::TestWithParam<Backend> {
  protected:
    TaskSuite();

    /// With a Redis where nobody has announced anything, if the backend has one.
    void SetUp() override;

    /// Another way into the same database.
    [[nodiscard]] std::unique_ptr<database::Database> open(const database::DatabaseOptions& options = {});

    /// What `step` returns, committed.
    template <class Step>
    auto committed(Step step) {
        auto transaction = records->write();
        auto result = step(transaction);
        transaction.commit();
        return result;
    }

    /// A task of the kind "estimate" that only differs in its recipe.
    [[nodiscard]] static NewTask estimate(char recipe);

    Submission submitted(const NewTask& task);

    /// The id of a new task.
    std::string submitted(char recipe) { return submitted(estimate(recipe)).task.id; }

    [[nodiscard]] Task row(const std::string& id);

    /// Leases as a worker that can run any `estimate`.
    std::optional<Task> leased(const std::string& token, const std::string& owner = "worker");

    /// Of a task that `leased` has given.
    [[nodiscard]] static Lease lease_of(const Task& task, const std::string& token) {
        return {.task_id = task.id, .token = token};
    }

    std::optional<State> failed(const Lease& lease, Verdict verdict);
    bool succeeded(const Lease& lease, std::int64_t result = 7);

    /// While it lives, nobody else can change tasks.
    [[nodiscard]] database::Transaction hold_everybody_up();
    std::optional<Task> cancelled(const std::string& id);

    /// Lets time pass, second by second, with a reaper at work. Returns how many runs it ended.
    std::int64_t reap_for(Reaper& reaper, std::chrono::microseconds duration);

    [[nodiscard]] WorkerRecord worker(const std::string& id) const;

    ManualClock clock;
    SeededRandom random{1};
    std::vector<Capability> capabilities = {capable_of("estimate")};

  private:
    std::unique_ptr<database::SampleDatabase> sample_ = make_or_skip(GetParam().database);

  protected:
    std::unique_ptr<database::Database> records;
};

}  // namespace posed::tasks
