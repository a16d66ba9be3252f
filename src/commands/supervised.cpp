#include "commands/supervised.h"

#include <csignal>
#include <string>

#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>

namespace posed::commands {
namespace {

/// No program that this one starts may hold the pipe.
Descriptor taken_over(int number) {
    ::fcntl(number, F_SETFD, FD_CLOEXEC);
    return Descriptor(number);
}

}  // namespace

Result<SupervisorTies> tie_to_supervisor(std::optional<pid_t> supervisor) {
    if (!supervisor)
        return SupervisorTies();
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    // It may have ended before the kernel knew about our wish.
    if (::getppid() != *supervisor)
        return fail(Code::cancelled, "the supervisor, process " + std::to_string(*supervisor) + ", is gone");
    return SupervisorTies{.lifeline = taken_over(lifeline_descriptor),
                          .report = taken_over(report_descriptor)};
}

void report_ready(const SupervisorTies& ties, std::string_view line) {
    const auto text = std::string(line) + "\n";
    if (ties.report.is_open())
        static_cast<void>(::write(ties.report.number(), text.data(), text.size()));
}

}  // namespace posed::commands
