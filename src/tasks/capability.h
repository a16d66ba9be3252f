#pragma once

#include <optional>

#include "domain/records.h"
#include "tasks/task.h"

namespace posed::tasks {

/// Whether a worker with the capability may run the task.
[[nodiscard]] bool serves(const Capability& capability, const NewTask& task);

/// The engine that the capability stands for; nothing for one without an engine or not available. Submits
/// take their pins from the newest.
[[nodiscard]] std::optional<Pins> pins_of(const Capability& capability);

}  // namespace posed::tasks
