// What one record costs on SQLite: to read by its key, from one thread and from several, and to commit.

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include <benchmark/benchmark.h>

#include "base/clock.h"
#include "database/database.h"
#include "database/migrations.h"

namespace posed::database {
namespace {

constexpr std::int64_t task_count = 10'000;

std::string task_id(std::int64_t number) {
    auto id = std::to_string(number);
    return id.insert(0, 36 - id.size(), '0');
}

/// A database with tasks, in a folder of its own until the end.
class Tasks {
  public:
    Tasks() : folder_(std::filesystem::temp_directory_path() / "posed-database-benchmark") {
        std::filesystem::remove_all(folder_);
        std::filesystem::create_directories(folder_);
        database_ = open_sqlite(folder_ / "posed.db", {}, system_clock()).value();
        migrate_up(*database_).value();
        auto transaction = database_->write();
        for (std::int64_t number = 0; number < task_count; ++number)
            insert(transaction, number);
        transaction.commit();
    }
    Tasks(const Tasks&) = delete;
    Tasks& operator=(const Tasks&) = delete;
    ~Tasks() {
        database_.reset();
        std::filesystem::remove_all(folder_);
    }

    [[nodiscard]] Database& database() { return *database_; }

    static void insert(Transaction& transaction, std::int64_t number) {
        transaction.execute(
            "INSERT INTO tasks (id, kind, queue, parameters, parameter_version, recipe_hash, state, due_at, "
            " created_at, started_at, finished_at, result_type, result_id) "
            "VALUES (:id, 'estimate', 'inference', '{\"video_id\":1}', 1, :recipe_hash, 'SUCCESS', 1, "
            " 1, 2, 3, 'estimation', 1)",
            {{"id", task_id(number)}, {"recipe_hash", std::string(64, 'r')}});
    }

  private:
    std::filesystem::path folder_;
    std::unique_ptr<Database> database_;
};

Tasks& tasks() {
    static Tasks tasks;
    return tasks;
}

void select_by_key(benchmark::State& state) {
    auto& database = tasks().database();
    std::int64_t number = state.thread_index();
    for (auto _ : state) {
        auto transaction = database.read();
        const auto rows =
            transaction.query("SELECT * FROM tasks WHERE id = :id", {{"id", task_id(number % task_count)}});
        benchmark::DoNotOptimize(rows.front().get<std::string>("state"));
        number += 7919;
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(select_by_key)->UseRealTime();
BENCHMARK(select_by_key)->Threads(2)->UseRealTime();
BENCHMARK(select_by_key)->Threads(4)->UseRealTime();

void insert_and_commit(benchmark::State& state) {
    auto& database = tasks().database();
    std::int64_t number = task_count;
    for (auto _ : state) {
        auto transaction = database.write();
        Tasks::insert(transaction, number++);
        transaction.commit();
    }
    auto transaction = database.write();
    transaction.execute("DELETE FROM tasks WHERE id >= :first", {{"first", task_id(task_count)}});
    transaction.commit();
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(insert_and_commit)->UseRealTime();

}  // namespace
}  // namespace posed::database

BENCHMARK_MAIN();
