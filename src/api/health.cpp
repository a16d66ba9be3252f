#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>

#include "api/endpoint.h"
#include "api/probe.h"
#include "api/resources.h"
#include "database/migrations.h"
#include "database/workers.h"
#include "pipeline/task_parameters.h"
#include "tasks/live_workers.h"

namespace posed::api {

BOOST_DESCRIBE_ENUM(PartStatus, ok, degraded, unavailable)

namespace {

struct ShallowHealth {
    std::string status = "ok";
};
BOOST_DESCRIBE_STRUCT(ShallowHealth, (), (status))

struct PartHealth {
    PartStatus status = PartStatus::unavailable;
    std::optional<double> latency_seconds;
    std::optional<std::string> detail;
};
BOOST_DESCRIBE_STRUCT(PartHealth, (), (status, latency_seconds, detail))

struct DeepHealth {
    PartStatus status = PartStatus::unavailable;
    PartStatus minio = PartStatus::unavailable;
    PartStatus postgres = PartStatus::unavailable;
    PartStatus redis = PartStatus::unavailable;
    PartStatus celery = PartStatus::unavailable;
    PartHealth database;
    PartHealth storage;
    PartHealth broker;
    PartHealth workers;
    std::string version;
    std::vector<std::string> sandbox_layers;
};
BOOST_DESCRIBE_STRUCT(DeepHealth, (),
                      (status, minio, postgres, redis, celery, database, storage, broker, workers, version,
                       sandbox_layers))

[[maybe_unused]] Rules rules_of(const DeepHealth*) {
    return {rule("status", "unavailable: requests fail; degraded: they are taken, and wait for a part"),
            rule("minio", "As storage.status"),
            rule("postgres", "As database.status"),
            rule("redis", "As broker.status"),
            rule("celery", "As workers.status"),
            rule("database", "Whether it answers, and its schema fits"),
            rule("storage", "Whether an object can be written and read"),
            rule("broker", "What wakes workers; they look for themselves as well"),
            rule("workers", "Whether there are some of either queue"),
            rule("sandbox_layers", "What holds the process that decodes strangers' files")};
}

PartReport report_on_database(const pipeline::Stores& stores) {
    const auto fits = database::check_schema(stores.database);
    if (fits.has_error())
        return {.status = PartStatus::unavailable, .detail = fits.error().message};
    return {};
}

PartReport report_on_storage(const pipeline::Stores& stores, Log& log) {
    const auto usable = stores.objects.probe();
    if (usable.has_value())
        return {};
    log.error(usable.error().message, {{"part", "storage"}});
    return {.status = PartStatus::unavailable,
            .detail = usable.error().code == Code::storage_full ? "is full" : "fails; the log says why"};
}

/// Without a broker the database itself wakes workers. Nothing is lost without it, so it can only degrade.
PartReport report_on_broker(const Service& service) {
    if (!service.check_broker) {
        (void)service.stores.database.read().now();
        return {.status = PartStatus::ok, .detail = "the database announces"};
    }
    const auto usable = service.check_broker();
    if (usable.has_value())
        return {};
    service.log.error(usable.error().message, {{"part", "broker"}});
    return {
        .status = PartStatus::degraded,
        .detail = usable.error().code == Code::conflict ? usable.error().message : "fails; the log says why"};
}

bool can_estimate(const WorkerRecord& worker) {
    return std::ranges::any_of(worker.capabilities, [](const Capability& capability) {
        return capability.task_kind == pipeline::estimate_kind && !capability.unavailable_reason;
    });
}

PartReport report_on_workers(const pipeline::Stores& stores) {
    auto transaction = stores.database.read();
    const auto workers = database::Workers(transaction).live(transaction.now() - tasks::heartbeat_timeout);
    const bool estimating = std::ranges::any_of(workers, can_estimate);
    const bool rendering =
        std::ranges::find(workers, pipeline::rendering_queue, &WorkerRecord::queue) != workers.end();
    if (estimating && rendering)
        return {};
    std::string lacking = estimating ? "" : "none that can estimate is there";
    if (!rendering)
        lacking += (lacking.empty() ? "" : "; ") + std::string("none that renders is there");
    return {.status = PartStatus::degraded, .detail = lacking};
}

/// A probe of each part.
class Probes {
  public:
    explicit Probes(const Service& service)
        : database_(
              "database", [&service] { return report_on_database(service.stores); }, service.log),
          storage_(
              "storage", [&service] { return report_on_storage(service.stores, service.log); }, service.log),
          broker_(
              "broker", [&service] { return report_on_broker(service); }, service.log),
          workers_(
              "workers", [&service] { return report_on_workers(service.stores); }, service.log) {}

    /// All at the same time.
    DeepHealth ask(std::chrono::milliseconds patience) {
        const auto deadline = std::chrono::steady_clock::now() + patience;
        const std::array probes{&database_, &storage_, &broker_, &workers_};
        std::array<Probe::Question, 4> questions{};
        std::ranges::transform(probes, questions.begin(), &Probe::begin);
        DeepHealth health;
        const std::array parts{&health.database, &health.storage, &health.broker, &health.workers};
        for (std::size_t i = 0; i < probes.size(); ++i)
            *parts[i] = part_of(probes[i]->wait(questions[i], deadline));
        return health;
    }

  private:
    static PartHealth part_of(const ProbeAnswer& answer) {
        PartHealth health{
            .status = answer.report.status, .latency_seconds = {}, .detail = answer.report.detail};
        if (answer.latency)
            health.latency_seconds = std::chrono::duration<double>(*answer.latency).count();
        return health;
    }

    Probe database_;
    Probe storage_;
    Probe broker_;
    Probe workers_;
};

/// Only database and storage make the service useless; without the others requests are taken and wait.
PartStatus overall(const DeepHealth& health) {
    if (health.database.status != PartStatus::ok || health.storage.status != PartStatus::ok)
        return PartStatus::unavailable;
    const bool complete = health.broker.status == PartStatus::ok && health.workers.status == PartStatus::ok;
    return complete ? PartStatus::ok : PartStatus::degraded;
}

/// What the handler works on.
struct HealthService {
    explicit HealthService(const Service& of_service) : service(of_service), probes(of_service) {}

    const Service& service;
    Probes probes;
};

Result<ShallowHealth> tell_shallow(const Nothing&, Service&) {
    return ShallowHealth{};
}

Result<Reply<DeepHealth>> tell_deep(const Nothing&, HealthService& health_service) {
    const auto& service = health_service.service;
    auto health = health_service.probes.ask(service.config.deep_health_timeout);
    health.status = overall(health);
    health.minio = health.storage.status;
    health.postgres = health.database.status;
    health.redis = health.broker.status;
    health.celery = health.workers.status;
    health.version = service.version;
    health.sandbox_layers = service.sandbox_layers;
    const auto status = health.status == PartStatus::unavailable ? Status::service_unavailable : Status::ok;
    return Reply<DeepHealth>{.view = std::move(health), .status = status};
}

}  // namespace

std::vector<Route> health_routes(Service& service) {
    constexpr const char* tag = "health";
    const auto health = std::make_shared<HealthService>(service);
    auto deep = route(Method::get, "/health/deep/", tell_deep, *health,
                      {.summary = "How database, storage, broker and workers are",
                       .tag = tag,
                       .description = "503 only when requests fail: without database or storage.",
                       .also = {Status::service_unavailable}});
    // The probes live as long as the row.
    deep.handler = [health, handler = std::move(deep.handler)](const Request& request) {
        return handler(request);
    };
    return {route(Method::get, "/health/shallow/", tell_shallow, service,
                  {.summary = "That the server answers",
                   .tag = tag,
                   .runs = Runs::at_once,
                   .access = Access::open}),
            std::move(deep)};
}

}  // namespace posed::api
