#include "database/workers.h"

#include <string>

#include "database/insertion.h"

namespace posed::database {
namespace {

Capability capability_of(const Row& row) {
    return {.task_kind = row.get<std::string>("task_kind"),
            .parameter_version = row.get<int>("parameter_version"),
            .estimator = row.get<std::optional<std::string>>("estimator"),
            .weights_digest = row.get<std::optional<std::string>>("weights_digest"),
            .engine_revision = row.get<std::optional<int>>("engine_revision"),
            .unavailable_reason = row.get<std::optional<std::string>>("unavailable_reason")};
}

WorkerRecord worker_of(const Row& row) {
    return {.id = row.get<std::string>("id"),
            .queue = row.get<std::string>("queue"),
            .host = row.get<std::string>("host"),
            .binary_version = row.get<std::string>("binary_version"),
            .slots = row.get<int>("slots"),
            .registered_at = row.get<Microseconds>("registered_at"),
            .heartbeat_at = row.get<Microseconds>("heartbeat_at"),
            .capabilities = {}};
}

}  // namespace

void Workers::add(const WorkerRecord& worker) {
    const auto now = transaction_.now();
    const Parameters row{{"id", worker.id},       {"queue", worker.queue},
                         {"host", worker.host},   {"binary_version", worker.binary_version},
                         {"slots", worker.slots}, {"registered_at", now},
                         {"heartbeat_at", now}};
    transaction_.execute(insertion_of("workers", row), row);
    for (const auto& capability : worker.capabilities) {
        const Parameters capability_row{{"worker_id", worker.id},
                                        {"task_kind", capability.task_kind},
                                        {"parameter_version", capability.parameter_version},
                                        {"estimator", capability.estimator},
                                        {"weights_digest", capability.weights_digest},
                                        {"engine_revision", capability.engine_revision},
                                        {"unavailable_reason", capability.unavailable_reason}};
        transaction_.execute(insertion_of("worker_capabilities", capability_row), capability_row);
    }
}

bool Workers::heartbeat(std::string_view id) {
    return transaction_.execute("UPDATE workers SET heartbeat_at = :now WHERE id = :id AND ended_at IS NULL",
                                {{"now", transaction_.now()}, {"id", id}}) > 0;
}

void Workers::end(std::string_view id) {
    transaction_.execute("UPDATE workers SET ended_at = :now WHERE id = :id AND ended_at IS NULL",
                         {{"now", transaction_.now()}, {"id", id}});
}

std::vector<WorkerRecord> Workers::live(Microseconds heard_since) {
    std::vector<WorkerRecord> workers;
    for (const auto& row :
         transaction_.query("SELECT * FROM workers WHERE ended_at IS NULL AND heartbeat_at >= :heard_since "
                            "ORDER BY registered_at, id",
                            {{"heard_since", heard_since}})) {
        auto worker = worker_of(row);
        for (const auto& capability : transaction_.query(
                 "SELECT * FROM worker_capabilities WHERE worker_id = :id ORDER BY task_kind, estimator",
                 {{"id", worker.id}}))
            worker.capabilities.push_back(capability_of(capability));
        workers.push_back(std::move(worker));
    }
    return workers;
}

std::optional<Capability> Workers::find_capability(std::string_view task_kind, int parameter_version,
                                                   const std::optional<std::string>& estimator) {
    const auto rows = transaction_.query(
        "SELECT worker_capabilities.* FROM worker_capabilities JOIN workers ON workers.id = worker_id "
        "WHERE task_kind = :task_kind AND coalesce(estimator, '') = :estimator "
        "ORDER BY CASE WHEN unavailable_reason IS NULL THEN 0 ELSE 1 END, "
        "CASE WHEN parameter_version = :parameter_version THEN 0 ELSE 1 END, registered_at DESC, "
        "workers.id DESC LIMIT 1",
        {{"task_kind", task_kind},
         {"estimator", estimator.value_or("")},
         {"parameter_version", parameter_version}});
    if (rows.empty())
        return std::nullopt;
    return capability_of(rows.front());
}

void Workers::forget(Microseconds heard_before) {
    transaction_.execute(
        "DELETE FROM workers WHERE heartbeat_at < :heard_before AND NOT EXISTS ("
        " SELECT 1 FROM worker_capabilities mine WHERE mine.worker_id = workers.id AND NOT EXISTS ("
        "  SELECT 1 FROM worker_capabilities newer JOIN workers owner ON owner.id = newer.worker_id"
        "  WHERE newer.task_kind = mine.task_kind"
        "  AND coalesce(newer.estimator, '') = coalesce(mine.estimator, '')"
        "  AND (newer.unavailable_reason IS NULL OR mine.unavailable_reason IS NOT NULL)"
        "  AND (owner.registered_at > workers.registered_at"
        "   OR (owner.registered_at = workers.registered_at AND owner.id > workers.id))))",
        {{"heard_before", heard_before}});
}

}  // namespace posed::database
