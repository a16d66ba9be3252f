// cluster_scale: what the dispatching of tasks costs, and how far it scales. Real workers on a real
// PostgreSQL and a real Redis, each a process of its own; only the work is simulated, by waiting. Prints
// Markdown.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <deque>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/identifiers.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/random.h"
#include "database/database.h"
#include "database/migrations.h"
#include "tasks/outbox.h"
#include "tasks/redis_announcer.h"
#include "tasks/submit.h"
#include "tasks/turn.h"
#include "tasks/worker.h"
#include "tests/support/postgres_server.h"
#include "tests/support/private_redis.h"
#include "tests/support/process.h"
#include "tests/support/process_tree.h"

namespace posed {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

constexpr const char* kind = "simulated";
constexpr const char* queue = "inference";

std::unique_ptr<tasks::Announcer> announcer_by(const std::string& redis_url) {
    return tasks::announce_by_redis({.address = tasks::parse_redis_url(redis_url).value()}, system_random(),
                                    silent_log());
}

Capability capability() {
    Capability capability;
    capability.task_kind = kind;
    capability.parameter_version = 1;
    return capability;
}

/// A frame of the simulated work: workers report as often as real ones with 20 frames a second do.
constexpr milliseconds frame{50};

Result<tasks::TaskResult> wait_as_if_working(const tasks::Task& task, tasks::TaskRun& run) {
    const auto frames = std::stoll(task.request.parameters) / frame.count();
    for (std::int64_t i = 0; i < frames; ++i) {
        std::this_thread::sleep_for(frame);
        TRY(run.report("work", i + 1, frames));
    }
    return run.commit(
        [](database::Transaction&) { return tasks::TaskResult{.type = "estimation", .id = 1}; });
}

/// `cluster_scale work DATABASE-URL REDIS-URL`: until it is killed.
void work(const std::string& database_url, const std::string& redis_url) {
    const auto database = database::open_postgres(database_url, {.sessions_max = 3}).value();
    const auto announcer = announcer_by(redis_url);
    Metrics metrics;
    WorkerRecord record;
    record.id = new_uuid_v7(system_clock(), system_random());
    record.queue = queue;
    record.host = "here";
    record.binary_version = "1";
    record.capabilities = {capability()};
    tasks::Worker worker({.database = *database,
                          .announcer = *announcer,
                          .clock = system_clock(),
                          .random = system_random(),
                          .log = silent_log(),
                          .metrics = metrics},
                         record, {{kind, wait_as_if_working}});
    worker.run({});
}

/// What was used so far.
struct Usage {
    double processor_seconds = 0;   ///< of all processes but this one's children that count for themselves
    std::int64_t statements = 0;    ///< at PostgreSQL, BEGIN and COMMIT among them
    std::int64_t transactions = 0;  ///< at PostgreSQL
    std::int64_t commands = 0;      ///< at Redis
    std::chrono::steady_clock::time_point at;
};

/// Of a process, its threads included, but not of its children.
double processor_seconds_of(pid_t process) {
    const auto stat = tests::content_of(fmt::format("/proc/{}/stat", process));
    const auto fields = stat.substr(std::min(stat.rfind(')') + 2, stat.size()));
    std::size_t begin = 0;
    double ticks = 0;
    for (int field = 3; field <= 15; ++field) {
        const auto end = std::min(fields.find(' ', begin), fields.size());
        if (field >= 14)  // utime, stime
            ticks += std::atof(fields.substr(begin, end - begin).c_str());
        begin = std::min(end + 1, fields.size());
    }
    return ticks / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

class Cluster {
  public:
    explicit Cluster(std::string program) : program_(std::move(program)) {
        postgres_.run_sql("ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements'");
        postgres_.run_sql("ALTER SYSTEM SET max_connections = 200");
        postgres_.stop();
        postgres_.start();
        postgres_.run_sql("CREATE EXTENSION pg_stat_statements");
        database_ = database::open_postgres(postgres_.tcp_url(), {}).value();
        (void)database::migrate_up(*database_).value();
        announcer_ = announcer_by(redis_.url());
    }

    /// Whether commits wait for the disk, as they do by default.
    void sync_commits(bool on) const {
        postgres_.run_sql(std::string("ALTER SYSTEM SET fsync = ") + (on ? "on" : "off"));
        postgres_.run_sql("SELECT pg_reload_conf()");
    }
    [[nodiscard]] std::string database_url() const { return postgres_.tcp_url(); }

    /// Ends those that there are, and starts so many. Returns when all have registered.
    void start_workers(int count) {
        workers_.clear();
        change("DELETE FROM worker_capabilities");
        change("DELETE FROM workers");
        for (int i = 0; i < count; ++i)
            workers_.emplace_back(
                std::vector<std::string>{program_, "work", postgres_.tcp_url(), redis_.url()});
        while (number("SELECT COUNT(*) AS n FROM workers") < count)
            std::this_thread::sleep_for(10ms);
    }

    void forget_tasks() {
        change("DELETE FROM tasks");
        recipes_ = 0;
    }

    /// As a server does it: a transaction, and the announcement.
    void submit(milliseconds duration) {
        auto recipe = std::to_string(recipes_++);
        recipe.insert(0, 64 - recipe.size(), '0');
        auto transaction = database_->write();
        (void)tasks::submit(transaction, new_uuid_v7(system_clock(), system_random()),
                            {.kind = kind,
                             .queue = queue,
                             .parameters = std::to_string(duration.count()),
                             .parameter_version = 1,
                             .recipe_hash = recipe,
                             .pins = std::nullopt,
                             .subjects = {}},
                            1'000'000)
            .value();
        transaction.commit();
    }
    void announce() { tasks::announce_due(*database_, *announcer_); }

    [[nodiscard]] std::int64_t number(const std::string& query) {
        return database_->read().query(query).front().get<std::int64_t>("n");
    }
    [[nodiscard]] std::vector<std::int64_t> numbers(const std::string& query) {
        std::vector<std::int64_t> all;
        for (const auto& row : database_->read().query(query))
            all.push_back(row.get<std::int64_t>("n"));
        return all;
    }
    void wait_until_done() {
        while (number("SELECT COUNT(*) AS n FROM tasks WHERE finished_at IS NULL") > 0)
            std::this_thread::sleep_for(100ms);
    }

    [[nodiscard]] Usage usage() {
        Usage usage{.at = std::chrono::steady_clock::now()};
        // What this looks at costs little, and the same each time.
        usage.statements = number("SELECT SUM(calls)::bigint AS n FROM pg_stat_statements");
        usage.transactions =
            number("SELECT xact_commit::bigint AS n FROM pg_stat_database WHERE datname = 'posed'");
        for (const auto& process : tests::descendants_of(::getpid()))
            usage.processor_seconds += processor_seconds_of(process.id);
        usage.processor_seconds += processor_seconds_of(::getpid());
        const auto said =
            tests::run({"redis-cli", "-p", std::to_string(redis_.port()), "INFO", "stats"}).output;
        const std::string field = "total_commands_processed:";
        usage.commands = std::atoll(said.c_str() + said.find(field) + field.size());
        return usage;
    }

  private:
    void change(const std::string& statement) {
        auto transaction = database_->write();
        transaction.execute(statement);
        transaction.commit();
    }

    std::string program_;
    tests::PostgresServer postgres_;
    tests::PrivateRedis redis_;
    std::unique_ptr<database::Database> database_;
    std::unique_ptr<tasks::Announcer> announcer_;
    std::deque<tests::Process> workers_;
    std::int64_t recipes_ = 0;
};

double seconds_between(const Usage& from, const Usage& to) {
    return std::chrono::duration<double>(to.at - from.at).count();
}

/// Throughput of so many workers, of the first lease to the last result.
double tasks_per_second(Cluster& cluster, int workers, int tasks_each, milliseconds duration) {
    cluster.forget_tasks();
    for (int i = 0; i < workers * tasks_each; ++i)
        cluster.submit(duration);
    cluster.announce();
    cluster.wait_until_done();
    const auto span = cluster.number("SELECT MAX(finished_at) - MIN(started_at) AS n FROM tasks");
    return workers * tasks_each * 1e6 / static_cast<double>(span);
}

void print_scaling(Cluster& cluster) {
    constexpr milliseconds duration{1000};
    constexpr int tasks_each = 8;
    fmt::print("Tasks of {} ms, {} for each worker; one slot a process:\n\n", duration.count(), tasks_each);
    fmt::print(
        "| workers | tasks/s | of one worker's | processors busy | CPU ms a task |\n|---|---|---|---|---|\n");
    double one = 0;
    for (const int workers : {1, 2, 4, 8, 16}) {
        cluster.start_workers(workers);
        const auto before = cluster.usage();
        const auto rate = tasks_per_second(cluster, workers, tasks_each, duration);
        const auto after = cluster.usage();
        if (workers == 1)
            one = rate;
        const auto busy = after.processor_seconds - before.processor_seconds;
        fmt::print("| {} | {:.3f} | {:.1f} % | {:.2f} | {:.1f} |\n", workers, rate,
                   100 * rate / one / workers, busy / seconds_between(before, after),
                   1000 * busy / workers / tasks_each);
    }
}

void print_latency(Cluster& cluster) {
    constexpr int tasks = 400;
    cluster.start_workers(2);
    cluster.forget_tasks();
    for (int i = 0; i < tasks; ++i) {
        cluster.submit(0ms);
        cluster.announce();
        std::this_thread::sleep_for(30ms);
    }
    cluster.wait_until_done();
    const auto waits = cluster.numbers("SELECT started_at - created_at AS n FROM tasks ORDER BY 1");
    const auto at = [&](double part) {
        return static_cast<double>(waits.at(static_cast<std::size_t>(part * (tasks - 1)))) / 1000;
    };
    fmt::print(
        "\nFrom a submit's record to its lease, two idle workers, {} tasks: median {:.1f} ms, p90 {:.1f} ms, "
        "p99 {:.1f} ms, longest {:.1f} ms\n",
        tasks, at(0.5), at(0.9), at(0.99), at(1));
}

/// Of what an idle worker asks a second, what a running task asks a second, and what a task asks beside.
void print_statements(Cluster& cluster) {
    constexpr int workers = 8;
    cluster.start_workers(workers);
    cluster.forget_tasks();
    const auto print = [](const char* what, const Usage& before, const Usage& after, double per) {
        fmt::print("| {} | {:.2f} | {:.2f} | {:.2f} | {:.2f} |\n", what,
                   static_cast<double>(after.statements - before.statements) / per,
                   static_cast<double>(after.transactions - before.transactions) / per,
                   static_cast<double>(after.commands - before.commands) / per,
                   1000 * (after.processor_seconds - before.processor_seconds) / per);
    };
    fmt::print(
        "\n| | statements | of those, transactions | Redis commands | CPU ms |\n|---|---|---|---|---|\n");
    const auto idle_begin = cluster.usage();
    std::this_thread::sleep_for(12s);
    const auto idle_end = cluster.usage();
    print("idle worker, a second", idle_begin, idle_end, workers * seconds_between(idle_begin, idle_end));

    for (int i = 0; i < workers; ++i)
        cluster.submit(12s);
    cluster.announce();
    std::this_thread::sleep_for(1s);
    const auto run_begin = cluster.usage();
    std::this_thread::sleep_for(10s);
    const auto run_end = cluster.usage();
    print("running task, a second", run_begin, run_end, workers * seconds_between(run_begin, run_end));
    std::this_thread::sleep_for(2s);

    constexpr int tasks = 400;
    const auto many_begin = cluster.usage();
    for (int i = 0; i < tasks; ++i) {
        cluster.submit(0ms);
        cluster.announce();
        std::this_thread::sleep_for(10ms);
    }
    std::this_thread::sleep_for(500ms);
    print("a task, from submit to result", many_begin, cluster.usage(), tasks);
}

/// Transactions that change tasks go one after another: how many a second, of eight that want to at once.
double turns_per_second(Cluster& cluster, bool sync) {
    constexpr std::chrono::seconds span{4};
    cluster.start_workers(0);
    cluster.sync_commits(sync);
    const auto database = database::open_postgres(cluster.database_url(), {}).value();
    std::atomic<int> turns = 0;
    const auto take_turns = [&](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            auto transaction = database->write();
            tasks::take_turn(transaction);
            transaction.commit();
            ++turns;
        }
    };
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i)
        threads.emplace_back(take_turns);
    std::this_thread::sleep_for(span);
    threads.clear();
    cluster.sync_commits(false);
    return turns / std::chrono::duration<double>(span).count();
}

void print_turns(Cluster& cluster) {
    fmt::print(
        "\nTransactions that change tasks, one after another: {:.0f} a second; {:.0f} when commits wait for "
        "this machine's disk\n",
        turns_per_second(cluster, false), turns_per_second(cluster, true));
}

}  // namespace
}  // namespace posed

int main(int argc, char** argv) {
    if (argc == 4 && std::string(argv[1]) == "work") {
        posed::work(argv[2], argv[3]);
        return EXIT_SUCCESS;
    }
    posed::Cluster cluster(argv[0]);
    posed::print_scaling(cluster);
    posed::print_latency(cluster);
    posed::print_statements(cluster);
    posed::print_turns(cluster);
}
