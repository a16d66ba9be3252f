#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "base/log.h"
#include "base/metrics.h"
#include "media/opener.h"
#include "pipeline/run_estimation.h"
#include "pipeline/run_visualization.h"
#include "pipeline/stores.h"
#include "pipeline/task_parameters.h"
#include "tasks/announcer.h"
#include "tasks/worker.h"

/// The work of a service without processes and threads. Tests only.
namespace posed::pipeline {

/// A worker named after its queue says that it lives, and carries out the next task, if there is one.
inline void run_next(const Stores& stores, Metrics& metrics, std::string_view queue,
                     const Capability& capability, tasks::Worker::Handler handler) {
    const auto announcer = tasks::announce_by_database(stores.database);
    WorkerRecord record;
    record.id = "worker of " + std::string(queue);
    record.queue = queue;
    record.host = "here";
    record.capabilities = {capability};
    tasks::Worker worker({stores.database, *announcer, stores.clock, stores.random, silent_log(), metrics},
                         record, {{capability.task_kind, std::move(handler)}});
    worker.tick({});
    (void)worker.run_next();
}

/// The same for a worker of each queue. The one that estimates offers blazepose-lite.
inline void run_next_of_each_queue(const Stores& stores, Metrics& metrics, media::Opener& opener,
                                   const Estimators& estimators, const std::filesystem::path& scratch) {
    const EstimationWork estimation{stores, opener, estimators, {}, scratch, 1, metrics};
    const VisualizationWork visualization{stores, opener, {}, scratch, 1, metrics};
    run_next(stores, metrics, inference_queue,
             capability_of(estimators.at("blazepose-lite").estimator->description()),
             [&](const auto& task, auto& run) { return run_estimation(estimation, task, run); });
    run_next(stores, metrics, rendering_queue, visualization_capability(),
             [&](const auto& task, auto& run) { return run_visualization(visualization, task, run); });
}

}  // namespace posed::pipeline
