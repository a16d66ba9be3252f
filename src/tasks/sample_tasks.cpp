#include "tasks/sample_tasks.h"

#include "base/identifiers.h"
#include "database/migrations.h"
#include "tasks/cancel.h"
#include "tasks/find.h"
#include "tasks/redis_announcer.h"
#include "tasks/redis_connection.h"
#include "tasks/turn.h"

namespace posed::tasks {

tests::PrivateRedis& sample_redis() {
    static tests::PrivateRedis redis;
    return redis;
}

const std::vector<Backend>& backends() {
    static const std::vector<Backend> backends = [] {
        std::vector<Backend> all;
        for (const auto& kind : database::database_kinds()) {
            all.push_back({.database = kind, .name = kind.name, .make_announcer = [](auto& database) {
                               return announce_by_database(database);
                           }});
            all.push_back({.database = kind,
                           .name = kind.name + "_redis",
                           .make_announcer =
                               [](auto&) {
                                   const auto address = parse_redis_url(sample_redis().url()).value();
                                   return announce_by_redis({.address = address}, system_random(),
                                                            silent_log());
                               },
                           .needs_servers = true});
        }
        return all;
    }();
    return backends;
}

TaskSuite::TaskSuite() : records(open()) {
    EXPECT_TRUE(database::migrate_up(*records).has_value());
}

void TaskSuite::SetUp() {
    if (!GetParam().needs_servers)
        return;
    POSED_NEEDS_SERVERS();
    constexpr auto patience = std::chrono::seconds{5};
    const auto connection =
        RedisConnection::open(parse_redis_url(sample_redis().url()).value(), patience).value();
    ASSERT_TRUE(connection->ask({"FLUSHALL"}, patience).has_value());
}

std::unique_ptr<database::Database> TaskSuite::open(const database::DatabaseOptions& options) {
    return sample_->open(options, clock);
}

NewTask TaskSuite::estimate(char recipe) {
    return {.kind = "estimate",
            .queue = "inference",
            .parameters = R"({"video":1})",
            .parameter_version = 1,
            .recipe_hash = std::string(64, recipe),
            .pins = std::nullopt,
            .subjects = {}};
}

Submission TaskSuite::submitted(const NewTask& task) {
    clock.advance(std::chrono::microseconds{1});
    const auto id = new_uuid_v7(clock, random);
    return committed([&](auto& transaction) { return submit(transaction, id, task, 1000).value(); });
}

Task TaskSuite::row(const std::string& id) {
    auto transaction = records->read();
    return find_task(transaction, id).value();
}

std::optional<Task> TaskSuite::leased(const std::string& token, const std::string& owner) {
    return committed([&](auto& transaction) {
        return lease(transaction,
                     {.queue = "inference", .owner = owner, .token = token, .capabilities = capabilities});
    });
}

std::optional<State> TaskSuite::failed(const Lease& lease, Verdict verdict) {
    const TaskError error{.code = "broken", .detail = "it broke", .suggestion = "mend it"};
    return committed([&](auto& transaction) { return fail_run(transaction, lease, verdict, error, random); });
}

bool TaskSuite::succeeded(const Lease& lease, std::int64_t result) {
    return committed(
        [&](auto& transaction) { return succeed(transaction, lease, {.type = "estimation", .id = result}); });
}

database::Transaction TaskSuite::hold_everybody_up() {
    auto transaction = records->write();
    take_turn(transaction);
    return transaction;
}

std::optional<Task> TaskSuite::cancelled(const std::string& id) {
    return committed([&](auto& transaction) { return cancel(transaction, id); });
}

std::int64_t TaskSuite::reap_for(Reaper& reaper, std::chrono::microseconds duration) {
    std::int64_t ended = reaper.tick();
    for (auto passed = std::chrono::seconds{0}; passed < duration; passed += std::chrono::seconds{1}) {
        clock.advance(std::chrono::seconds{1});
        ended += reaper.tick();
    }
    return ended;
}

WorkerRecord TaskSuite::worker(const std::string& id) const {
    WorkerRecord record;
    record.id = id;
    record.queue = "inference";
    record.host = "here";
    record.binary_version = "1";
    record.capabilities = capabilities;
    return record;
}

Capability capable_of(const std::string& kind, const std::optional<Pins>& pins) {
    Capability capability;
    capability.task_kind = kind;
    capability.parameter_version = 1;
    if (pins) {
        capability.estimator = pins->estimator;
        capability.weights_digest = pins->weights_digest;
        capability.engine_revision = static_cast<int>(pins->engine_revision);
    }
    return capability;
}

}  // namespace posed::tasks
