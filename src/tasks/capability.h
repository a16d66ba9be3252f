#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "tasks/task.h"

namespace posed::tasks {

/// One thing that a worker can do, or could if it were not for the reason given.
struct Capability {
    std::string kind;
    std::int64_t parameter_version = 1;
    std::optional<Pins> pins;          ///< the engine, for kinds that need one
    std::string unavailable_because{}; ///< empty when it is available

    friend bool operator==(const Capability&, const Capability&) = default;
};

/// Whether a worker with the capability may run the task.
[[nodiscard]] bool serves(const Capability& capability, const NewTask& task);

}  // namespace posed::tasks
