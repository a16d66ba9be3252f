#include "tasks/capability.h"

namespace posed::tasks {

bool serves(const Capability& capability, const NewTask& task) {
    return !capability.unavailable_reason && capability.task_kind == task.kind &&
           capability.parameter_version == task.parameter_version &&
           (!task.pins || pins_of(capability) == task.pins);
}

std::optional<Pins> pins_of(const Capability& capability) {
    if (capability.unavailable_reason || !capability.estimator)
        return std::nullopt;
    return Pins{.estimator = *capability.estimator,
                .weights_digest = capability.weights_digest.value(),
                .engine_revision = capability.engine_revision.value()};
}

}  // namespace posed::tasks
