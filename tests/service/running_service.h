#pragma once

#include <string>
#include <vector>

#include "tests/support/process.h"
#include "tests/support/shared_data.h"

namespace posed::tests {

/// `posed run` on a free port with a data folder of its own, until destroyed.
class RunningService {
  public:
    /// Returns when it says that it is ready; throws std::runtime_error with its log when it ends before.
    /// `environment`: NAME=value, its settings.
    explicit RunningService(const std::vector<std::string>& environment = {});
    RunningService(const RunningService&) = delete;
    RunningService& operator=(const RunningService&) = delete;

    /// Stops it in good order.
    ~RunningService();

    [[nodiscard]] const std::string& url() const noexcept { return url_; }

    /// The first process of that name that it started: "server", "inference worker", "rendering worker".
    [[nodiscard]] pid_t process_of(const std::string& name) const;

  private:
    TemporaryFolder data_;
    Process process_;
    std::string url_;
};

}  // namespace posed::tests
