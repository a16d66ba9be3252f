#include "pipeline/remove_resources.h"

#include "database/estimations.h"
#include "database/videos.h"
#include "database/visualizations.h"
#include "pipeline/task_parameters.h"
#include "tasks/cancel.h"

namespace posed::pipeline {
namespace {

/// For all rows that went, in the transaction that deleted them.
void tell_tasks(database::Transaction& transaction, const database::RemovedRows& removed) {
    for (const auto id : removed.estimation_ids) {
        tasks::end_tasks_about(transaction, {.estimation = id});
        tasks::mark_result_deleted(transaction, estimation_result, id);
    }
    for (const auto id : removed.visualization_ids)
        tasks::mark_result_deleted(transaction, visualization_result, id);
}

}  // namespace

Result<> remove_video(const Stores& stores, std::int64_t id) {
    auto transaction = stores.database.write();
    const auto removed = TRY(database::Videos(transaction).remove(id));
    tasks::end_tasks_about(transaction, {.video = id});
    tell_tasks(transaction, removed);
    transaction.commit();
    return {};
}

Result<> remove_estimation(const Stores& stores, std::int64_t id) {
    auto transaction = stores.database.write();
    auto removed = TRY(database::Estimations(transaction).remove(id));
    removed.estimation_ids.push_back(id);
    tell_tasks(transaction, removed);
    transaction.commit();
    return {};
}

Result<> remove_visualization(const Stores& stores, std::int64_t id) {
    auto transaction = stores.database.write();
    TRY(database::Visualizations(transaction).remove(id));
    tell_tasks(transaction, {.estimation_ids = {}, .visualization_ids = {id}});
    transaction.commit();
    return {};
}

}  // namespace posed::pipeline
