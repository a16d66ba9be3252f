#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <sys/types.h>

#include "tests/service/running_service.h"
#include "tests/support/process.h"

namespace posed::tests {

/// False for a process that is gone, or dead and not yet taken note of.
[[nodiscard]] bool is_running(pid_t id);

/// `posed run` on any free port, which need not become ready, with the times of its users.
class WatchedService {
  public:
    explicit WatchedService(const std::filesystem::path& data, std::vector<std::string> settings = {});

    /// Waits until it says so; false when it ends before.
    [[nodiscard]] bool is_ready() const;

    /// The port that the server has told last.
    [[nodiscard]] std::uint16_t port() const;

    /// The newest process of that name, of those that the supervisor has started.
    [[nodiscard]] pid_t process(const std::string& name) const;

    /// All of the above.
    [[nodiscard]] std::vector<pid_t> processes() const;

    /// How often the text stands in the log.
    [[nodiscard]] int times_said(const std::string& text) const;

    [[nodiscard]] Process& supervisor() noexcept { return supervisor_; }

  private:
    Process supervisor_;
};

[[nodiscard]] bool none_is_running(const std::vector<pid_t>& processes);

}  // namespace posed::tests
