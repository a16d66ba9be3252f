#include "pipeline/clear_away.h"

#include <string>
#include <vector>

#include "database/estimations.h"
#include "database/removals.h"
#include "database/videos.h"
#include "database/visualizations.h"
#include "database/workers.h"
#include "pipeline/remove_resources.h"
#include "tasks/cancel.h"

namespace posed::pipeline {
namespace {

constexpr std::int64_t batch = 100;
constexpr std::chrono::minutes claim_max{5};
constexpr std::chrono::hours dead_workers_kept{24};

std::vector<std::string> claim(const Stores& stores) {
    auto transaction = stores.database.write();
    auto keys = database::Removals(transaction).claim_due(batch, claim_max);
    transaction.commit();
    return keys;
}

/// Those that could not be deleted stay claimed, and are given again when the claim is old.
std::vector<std::string> delete_objects(const Stores& stores, const std::vector<std::string>& keys,
                                        Log& log) {
    std::vector<std::string> deleted;
    for (const auto& key : keys) {
        const auto removed = stores.objects.remove(key);
        if (removed.has_value())
            deleted.push_back(key);
        else
            log.warning("an object could not be deleted", {{"key", key}, {"why", removed.error().message}});
    }
    return deleted;
}

void finish(const Stores& stores, const std::vector<std::string>& keys) {
    auto transaction = stores.database.write();
    database::Removals removals(transaction);
    for (const auto& key : keys)
        removals.finish(key);
    transaction.commit();
}

std::int64_t clear_objects(const Stores& stores, Log& log) {
    std::int64_t cleared = 0;
    while (true) {
        const auto keys = claim(stores);
        if (keys.empty())
            return cleared;
        const auto deleted = delete_objects(stores, keys, log);
        finish(stores, deleted);
        cleared += static_cast<std::int64_t>(deleted.size());
    }
}

std::int64_t forget_tasks_and_workers(const Stores& stores, std::chrono::microseconds retention) {
    auto transaction = stores.database.write();
    const auto tasks = tasks::delete_old_tasks(transaction, retention);
    database::Workers(transaction).forget(transaction.now() - dead_workers_kept);
    transaction.commit();
    return tasks;
}

template <class Repository>
std::vector<std::int64_t> ids_older_than(const Stores& stores, std::chrono::microseconds retention) {
    auto transaction = stores.database.read();
    return Repository(transaction).created_before(transaction.now() - retention, batch);
}

template <class Repository>
std::int64_t remove_older_than(const Stores& stores, std::chrono::microseconds retention,
                               Result<> (*remove)(const Stores&, std::int64_t)) {
    std::int64_t removed = 0;
    while (true) {
        const auto ids = ids_older_than<Repository>(stores, retention);
        if (ids.empty())
            return removed;
        for (const auto id : ids)
            removed += remove(stores, id).has_value() ? 1 : 0;  // somebody else may have been faster
    }
}

std::int64_t remove_old_resources(const Stores& stores, std::chrono::microseconds retention) {
    return remove_older_than<database::Visualizations>(stores, retention, &remove_visualization) +
           remove_older_than<database::Estimations>(stores, retention, &remove_estimation) +
           remove_older_than<database::Videos>(stores, retention, &remove_video);
}

}  // namespace

ClearedAway clear_away(const Stores& stores, const Retention& retention, Log& log) {
    ClearedAway cleared;
    if (retention.results)
        cleared.resources = remove_old_resources(stores, *retention.results);
    cleared.tasks = forget_tasks_and_workers(stores, retention.tasks);
    cleared.objects = clear_objects(stores, log);
    return cleared;
}

}  // namespace posed::pipeline
