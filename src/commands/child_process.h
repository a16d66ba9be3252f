#pragma once

#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "base/descriptor.h"
#include "base/env_file.h"
#include "base/result.h"

namespace posed::commands {

/// A program that runs beside this one, in a process group of its own, so that a Ctrl-C reaches it by way of
/// us. It finds two pipes (commands/supervised.h). For one thread, which lives as long as the child: the
/// kernel may kill the child when it ends.
class ChildProcess {
  public:
    /// `arguments` begins with the program's path. Errors: those of the system.
    [[nodiscard]] static Result<ChildProcess> start(const std::vector<std::string>& arguments,
                                                    const Variables& environment);

    ChildProcess(ChildProcess&& other) noexcept;
    ChildProcess& operator=(ChildProcess&&) = delete;
    /// Kills it, and all of its group, if it is still there.
    ~ChildProcess();

    [[nodiscard]] pid_t id() const noexcept { return id_; }

    /// Its exit code, or 128 and the signal that ended it; nothing while it runs.
    [[nodiscard]] std::optional<int> ended();

    /// The line that it reports, once; nothing while there is none.
    [[nodiscard]] std::optional<std::string> take_report();

    /// Readable when it has ended, and when it has said something (-1: nothing more is read).
    [[nodiscard]] int end_to_poll() const noexcept { return end_.number(); }
    [[nodiscard]] int report_to_poll() const noexcept { return report_.number(); }

    void ask_to_stop() noexcept { lifeline_ = Descriptor(); }
    void kill() const noexcept;

  private:
    ChildProcess(pid_t id, Descriptor end, Descriptor lifeline, Descriptor report) noexcept;

    pid_t id_;
    Descriptor end_;
    Descriptor lifeline_;
    Descriptor report_;
    std::string received_;
    std::optional<int> exit_code_;
};

/// "ended with exit code 1", "was killed by signal 9 (Killed)".
[[nodiscard]] std::string how_it_ended(int exit_code);

}  // namespace posed::commands
