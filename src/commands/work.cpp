#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "base/clock.h"
#include "base/config.h"
#include "base/identifiers.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/random.h"
#include "commands/command.h"
#include "commands/interruption.h"
#include "commands/repetition.h"
#include "commands/scratch_folder.h"
#include "commands/service_parts.h"
#include "commands/supervised.h"
#include "estimation/batcher.h"
#include "estimation/load_estimator.h"
#include "pipeline/run_estimation.h"
#include "pipeline/run_visualization.h"
#include "pipeline/task_parameters.h"
#include "pipeline/worker_metrics.h"
#include "tasks/announcer.h"
#include "tasks/worker.h"

namespace posed::commands {
namespace {

using Handlers = std::map<std::string, tasks::Worker::Handler>;

struct WorkArguments {
    Variables flags;
    std::string queue;
    std::optional<int> slots;
    std::optional<pid_t> supervisor;
};

/// The estimators that could be loaded, and what to announce of all.
struct Loaded {
    pipeline::Estimators estimators;
    std::vector<Capability> capabilities;
};

/// Nothing for an estimator that does not work in batches.
std::unique_ptr<estimation::Batcher> batcher_of(estimation::Estimator& estimator, const ServiceConfig& config,
                                                Metrics& metrics, Log& log) {
    const int suitable = estimator.description().batch_size;
    if (suitable == 1)
        return nullptr;
    const estimation::BatchLimits limits{
        .size = static_cast<std::size_t>(config.batch_size.value_or(suitable)), .delay = config.batch_delay};
    return std::make_unique<estimation::Batcher>(
        estimator, limits, log, estimation::batch_counters(metrics, estimator.description().name));
}

/// A request to stop ends this process meanwhile, at once and without return: loading takes its time and does
/// not listen, and there is nothing yet to give back or to clear away. Errors: the first estimator's when
/// none could be loaded, for the first one is what an installation has by itself.
Result<Loaded> load_estimators(const ServiceConfig& config, const estimation::ThreadCounts& threads,
                               const std::stop_token& stop, Metrics& metrics, Log& log) {
    const std::stop_callback leaving(stop, [&log] {
        log.info("has stopped before it was ready");
        std::_Exit(EXIT_SUCCESS);
    });
    log.info("loading the estimators");
    Loaded loaded;
    std::optional<Error> first_error;
    for (const auto name : estimation::estimator_names()) {
        auto estimator = estimation::load_estimator(name, config, threads, log);
        if (estimator.has_error()) {
            const auto& why = estimator.error();
            if (!first_error)
                first_error = why;
            log.warning("an estimator is missing", {{"estimator", name}, {"why", why.message}});
            loaded.capabilities.push_back(pipeline::missing_capability(std::string(name), why));
            continue;
        }
        loaded.capabilities.push_back(pipeline::capability_of((*estimator)->description()));
        auto batcher = batcher_of(**estimator, config, metrics, log);
        loaded.estimators.emplace(name, pipeline::LoadedEstimator{*std::move(estimator), std::move(batcher)});
    }
    if (loaded.estimators.empty())
        return *std::move(first_error);
    return loaded;
}

std::string host_name() {
    std::array<char, 256> name{};
    return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "localhost";
}

/// Everything that both kinds of workers consist of.
struct Workshop {
    const ServiceConfig& config;
    pipeline::Stores stores;
    media::Opener& opener;
    tasks::Announcer& announcer;
    Metrics& metrics;
    Log& log;
    std::string id;  ///< of the worker
    std::filesystem::path scratch;
    int slots = 1;
    int threads = 1;  ///< of a slot
};

void run_worker(const Workshop& shop, const std::string_view queue, std::vector<Capability> capabilities,
                Handlers handlers, const SupervisorTies& ties, const Interruption& interruption) {
    tasks::Worker worker(
        {.database = shop.stores.database,
         .announcer = shop.announcer,
         .clock = shop.stores.clock,
         .random = shop.stores.random,
         .log = shop.log,
         .metrics = shop.metrics},
        {.id = shop.id,
         .queue = std::string(queue),
         .host = host_name(),
         .binary_version = POSED_VERSION,
         .slots = shop.slots,
         .capabilities = std::move(capabilities)},
        std::move(handlers),
        {.lease = {.duration = shop.config.task_lease}, .stall_timeout = shop.config.task_stall_timeout});
    shop.log.info("working", {{"queue", queue}, {"slots", shop.slots}, {"threads_per_slot", shop.threads}});
    report_ready(ties, shop.id);
    const Repetition telling(
        "metrics", std::chrono::seconds(1), [&] { pipeline::leave_metrics(shop.scratch, shop.metrics); },
        shop.log);
    worker.run(interruption.token());
}

void estimate(const Workshop& shop, const Loaded& loaded, const SupervisorTies& ties,
              const Interruption& interruption) {
    const pipeline::EstimationWork work{.stores = shop.stores,
                                        .opener = shop.opener,
                                        .estimators = loaded.estimators,
                                        .limits = media_limits(shop.config),
                                        .scratch = shop.scratch,
                                        .decoder_threads = shop.threads,
                                        .metrics = shop.metrics};
    run_worker(shop, pipeline::inference_queue, loaded.capabilities,
               {{std::string(pipeline::estimate_kind),
                 [&](const auto& task, auto& run) { return pipeline::run_estimation(work, task, run); }}},
               ties, interruption);
}

void render(const Workshop& shop, const SupervisorTies& ties, const Interruption& interruption) {
    const pipeline::VisualizationWork work{.stores = shop.stores,
                                           .opener = shop.opener,
                                           .limits = media_limits(shop.config),
                                           .scratch = shop.scratch,
                                           .threads = shop.threads,
                                           .metrics = shop.metrics};
    run_worker(shop, pipeline::rendering_queue, {pipeline::visualization_capability()},
               {{std::string(pipeline::visualize_kind),
                 [&](const auto& task, auto& run) { return pipeline::run_visualization(work, task, run); }}},
               ties, interruption);
}

Result<> work(const WorkArguments& arguments) {
    const auto ties = TRY(tie_to_supervisor(arguments.supervisor));
    const auto sources = TRY(config_sources_of_this_process(arguments.flags));
    const auto config = TRY(read_service_config(sources));
    const Interruption interruption(ties.lifeline);
    const auto log = log_to_standard_error(config.log_level, config.log_format);

    const bool estimates = arguments.queue == pipeline::inference_queue;
    const int slots = arguments.slots.value_or(estimates ? config.inference_slots : config.rendering_slots);
    const int threads = std::max(1, sources.surroundings.processors / slots);  // of a slot
    const auto redis = TRY(redis_address(config));
    TRY(make_data_directory(config));                       // on a machine of its own nobody else has
    const auto open = TRY(open_stores(config, slots + 2));  // the lease keeper, and one to spare
    const auto sandbox = TRY(open_sandbox(config));
    const auto announcer = open_announcer(redis, *open.database, *log);
    Metrics metrics;
    Loaded loaded;
    if (estimates)
        loaded = TRY(load_estimators(config,
                                     {.of_a_video = threads, .of_a_batch = sources.surroundings.processors},
                                     interruption.token(), metrics, *log));
    const auto id = new_uuid_v7(system_clock(), system_random());
    const auto scratch = TRY(ScratchFolder::open(pipeline::scratch_folders(config), id));
    const Workshop shop{.config = config,
                        .stores = open.stores(),
                        .opener = *sandbox,
                        .announcer = *announcer,
                        .metrics = metrics,
                        .log = *log,
                        .id = id,
                        .scratch = scratch.path(),
                        .slots = slots,
                        .threads = threads};
    if (estimates)
        estimate(shop, loaded, ties, interruption);
    else
        render(shop, ties, interruption);
    log->info("has stopped", {{"queue", arguments.queue}});
    return {};
}

}  // namespace

void add_work(CLI::App& program, Action& action) {
    auto arguments = std::make_shared<WorkArguments>();
    auto* command = program.add_subcommand("work", "Carry out the tasks of one queue");
    command->group("The service");
    command->add_option("--queue", arguments->queue, "inference: estimations; default: visualizations")
        ->required()
        ->check(
            CLI::IsMember({std::string(pipeline::inference_queue), std::string(pipeline::rendering_queue)}));
    command->add_option("--slots", arguments->slots, "Tasks at a time (default: half of the processors)")
        ->check(CLI::Range(1, 256));
    add_data_directory_option(*command, arguments->flags);
    add_supervisor_option(*command, arguments->supervisor);
    command->callback([arguments, &action] {
        action = {.run = [arguments] { return work(*arguments); }, .exit_code = &service_exit_code_of};
    });
}

}  // namespace posed::commands
