#include "tests/cluster/consistency.h"

#include <algorithm>
#include <iostream>
#include <optional>
#include <set>

#include <gmock/gmock.h>

#include "tests/service/record_queries.h"

namespace posed::tests {
namespace {

using Keys = std::set<std::string>;

Keys keys_of(Cluster& cluster) {
    Keys keys;
    for (const auto& row : cluster.records().read().query(stored_keys))
        keys.insert(row.get<std::string>("storage_key"));
    return keys;
}

Keys objects_of(Cluster& cluster) {
    Keys keys;
    EXPECT_TRUE(cluster.objects().list([&](const auto& object) { keys.insert(object.key); }));
    return keys;
}

std::int64_t rows_of(Cluster& cluster, const std::string& table) {
    return cluster.count("SELECT COUNT(*) AS n FROM " + table);
}

/// Tasks that are about the load's video, by their parameters' own words.
std::string of_load(const Load& load, const std::string& what) {
    return "SELECT " + what + " AS n FROM tasks WHERE video_id = " + std::to_string(load.video());
}

/// Whoever has that recipe, in turn: another program may draw otherwise, which is another recipe.
std::optional<Machine> server_that_knows(const Cluster& cluster, const Wanted& wanted, int turn) {
    for (const auto machine : {both_machines[turn % 2], both_machines[(turn + 1) % 2]})
        if (wanted.estimation || cluster.program(machine) == wanted.program)
            return machine;
    return {};
}

void expect_results_readable(Cluster& cluster, const Load& load) {
    int turn = 0;
    for (const auto& wanted : load.accepted()) {
        const auto client = cluster.client(both_machines[++turn % 2]);
        const auto task = client.task(wanted.task);
        ASSERT_EQ(text(task, "status"), "SUCCESS") << wanted.task;
        const auto result = std::to_string(number(task, "result/resource_id"));
        const auto read = wanted.estimation ? client.get("/estimations/download/" + result + "/?format=csv")
                                            : client.get("/visualizations/download/" + result + "/");
        EXPECT_EQ(read.status, 200);
        EXPECT_THAT(read.body.substr(0, 4096), testing::HasSubstr(wanted.estimation ? "left_knee" : "ftyp"));
        const auto knowing = server_that_knows(cluster, wanted, turn);
        if (!knowing)
            continue;
        const auto again = wanted.submit(cluster.client(*knowing));
        EXPECT_EQ(again.status, 200) << "an equal request makes no new task: " << again.body;
        EXPECT_EQ(text(json_of(again), "task_id"), wanted.task);
    }
}

void expect_nothing_left_behind(Cluster& cluster) {
    auto transaction = cluster.records().write();
    transaction.execute(let_writers_time_pass);
    transaction.commit();
    EXPECT_TRUE(eventually([&] { return cluster.rows(open_removals) == 0; }))
        << cluster.rows(open_removals) << " removals";
    EXPECT_EQ(cluster.rows(rows_without_parent), 0);
    EXPECT_EQ(cluster.rows(successes_without_row), 0);
    EXPECT_EQ(objects_of(cluster), keys_of(cluster));
    EXPECT_THAT(cluster.s3().unfinished_uploads(cluster.bucket()),
                testing::Not(testing::HasSubstr("<Upload>")));
}

void expect_gone_when_deleted(Cluster& cluster, const Load& load) {
    EXPECT_EQ(cluster.client(Machine::first).remove("/videos/" + std::to_string(load.video()) + "/").status,
              204);
    EXPECT_TRUE(eventually([&] { return objects_of(cluster).empty(); })) << objects_of(cluster).size();
    EXPECT_EQ(rows_of(cluster, "estimations") + rows_of(cluster, "visualizations"), 0);
}

}  // namespace

std::int64_t failed_attempts(Cluster& cluster, const Load& load) {
    return cluster.count(of_load(load, "COALESCE(SUM(attempts), 0)::bigint"));
}

void expect_consistent(Cluster& cluster, Load& load, const std::string& fault) {
    const auto begin = std::chrono::steady_clock::now();
    load.wait();
    cluster.wait_until_ready();
    EXPECT_TRUE(eventually([&] { return cluster.rows(open_tasks) == 0; }, std::chrono::minutes{2}))
        << cluster.rows(open_tasks) << " open tasks";
    const std::chrono::duration<double> rest = std::chrono::steady_clock::now() - begin;
    const auto& accepted = load.accepted();
    const auto estimations = std::ranges::count(accepted, true, &Wanted::estimation);
    EXPECT_EQ(std::ssize(accepted), load.wanted());
    EXPECT_EQ(cluster.count(of_load(load, "COUNT(*)")), std::ssize(accepted)) << "no task twice";
    EXPECT_EQ(rows_of(cluster, "estimations"), estimations);
    EXPECT_EQ(rows_of(cluster, "visualizations"), std::ssize(accepted) - estimations);
    expect_results_readable(cluster, load);
    const auto abandoned = cluster.rows(open_removals);
    expect_nothing_left_behind(cluster);
    std::cout << "counts: " << fault << ": " << accepted.size() << " tasks accepted (" << load.repeated()
              << " submits repeated), "
              << cluster.count(of_load(load, "SUM(CASE WHEN state = 'SUCCESS' THEN 1 ELSE 0 END)"))
              << " SUCCESS, " << failed_attempts(cluster, load) << " failed attempts; "
              << rows_of(cluster, "estimations") + rows_of(cluster, "visualizations") << " results recorded, "
              << objects_of(cluster).size() << " objects, " << abandoned
              << " abandoned keys cleared away; done " << rest.count() << " s after the fault" << std::endl;
    expect_gone_when_deleted(cluster, load);
}

}  // namespace posed::tests
