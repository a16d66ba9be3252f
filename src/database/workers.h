#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "database/database.h"
#include "domain/records.h"

namespace posed::database {

/// Who runs tasks, and what they can run.
class Workers {
  public:
    explicit Workers(Transaction& transaction) noexcept : transaction_(transaction) {}

    /// Registers a worker with an id of its own; the times are given here.
    void add(const WorkerRecord& worker);

    /// The worker is alive. False when it is not registered, or has been ended.
    [[nodiscard]] bool heartbeat(std::string_view id);

    /// The worker goes. What it announced stays known.
    void end(std::string_view id);

    /// Those that have not ended and were heard of at `heard_since` or later, by registration.
    [[nodiscard]] std::vector<WorkerRecord> live(Microseconds heard_since);

    /// What the newest registration says that can run such tasks, of workers that have ended too, and before
    /// others of those that read this version of the parameters; if there is none, why the newest cannot.
    /// Nothing when no worker ever announced it.
    [[nodiscard]] std::optional<Capability> find_capability(std::string_view task_kind, int parameter_version,
                                                            const std::optional<std::string>& estimator);

    /// Forgets workers that were last heard of before that time, but for the newest to announce something.
    void forget(Microseconds heard_before);

  private:
    Transaction& transaction_;
};

}  // namespace posed::database
