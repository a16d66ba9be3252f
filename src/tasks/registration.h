#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "database/database.h"
#include "tasks/capability.h"
#include "tasks/task.h"

/// Who works, and what each of them can do. Submits take their pins from here, and a task that waits in vain is
/// told here what for.
namespace posed::tasks {

/// A worker whose last heartbeat is older has died or cannot reach the database.
inline constexpr std::chrono::seconds heartbeat_timeout{30};

struct Registration {
    std::string id;  ///< new for every start
    std::string queue;
    std::string host;
    std::string version;  ///< of the program
    std::int64_t slots = 1;
    std::vector<Capability> capabilities;
};

/// Registers the worker, in the place of dead ones of its host and queue.
void register_worker(database::Transaction& transaction, const Registration& worker);

/// Says that the worker lives; registers it again if its row is gone.
void record_heartbeat(database::Transaction& transaction, const Registration& worker);

/// The worker ends. Its row stays, for the pins, and counts as dead.
void sign_off(database::Transaction& transaction, std::string_view worker_id);

struct RegisteredWorker {
    Registration registration;
    Time registered_at{0};
    Time heartbeat_at{0};
    bool live = false;
};

/// All that are known, the newest first.
[[nodiscard]] std::vector<RegisteredWorker> list_workers(database::Transaction& transaction);

/// The engine of the newest worker that offered the estimator, alive or not; nothing when none ever did.
[[nodiscard]] std::optional<Pins> newest_pins(database::Transaction& transaction, std::string_view estimator);

/// What a waiting task lacks when no live worker can serve it, for people to read; nothing when one can, or when
/// the task does not wait.
[[nodiscard]] std::optional<std::string> waiting_for(database::Transaction& transaction, const Task& task);

}  // namespace posed::tasks
