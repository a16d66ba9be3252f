#include "tasks/capability.h"

namespace posed::tasks {

bool serves(const Capability& capability, const NewTask& task) {
    return capability.unavailable_because.empty() && capability.kind == task.kind &&
           capability.parameter_version == task.parameter_version && (!task.pins || capability.pins == task.pins);
}

}  // namespace posed::tasks
