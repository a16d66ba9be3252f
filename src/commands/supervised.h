#pragma once

#include <optional>
#include <string_view>

#include <sys/types.h>

#include "base/descriptor.h"
#include "base/result.h"

/// How a process of the service hangs on the one that supervises it: the child's side of `Supervisor`.
namespace posed::commands {

/// Where a supervised process finds its ends of the two pipes.
inline constexpr int lifeline_descriptor = 3;
inline constexpr int report_descriptor = 4;

/// None of both for a process that somebody started by hand.
struct SupervisorTies {
    Descriptor lifeline;  ///< ends when this process is to stop, or the supervisor is gone
    Descriptor report;    ///< takes the line that says that this process is ready
};

/// Takes the pipes over and asks the kernel to kill this process when the supervisor ends. For the main
/// thread, before it does anything else. Errors: cancelled when the supervisor is gone already.
[[nodiscard]] Result<SupervisorTies> tie_to_supervisor(std::optional<pid_t> supervisor);

/// Tells the supervisor that this process is ready, and what it is to know about it.
void report_ready(const SupervisorTies& ties, std::string_view line);

}  // namespace posed::commands
