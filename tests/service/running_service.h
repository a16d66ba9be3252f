#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <sys/types.h>

#include "tests/support/process.h"
#include "tests/support/process_tree.h"
#include "tests/support/shared_data.h"

namespace posed::tests {

/// What `posed run` consists of.
enum class Part { supervisor, server, inference_worker, rendering_worker, decoder };

[[nodiscard]] const char* name_of(Part part);

/// Asks again and again until `holds`, for a minute at most. Returns what it last said.
bool eventually(const std::function<bool()>& holds,
                std::chrono::milliseconds patience = std::chrono::seconds{60});

/// A whole service in processes of its own, as a user runs it: `posed run` on a data folder, reached over
/// HTTP. The settings make what takes long short: leases of 2 s, a janitor every 0.2 s, blazepose-lite as the
/// default. One at a time, for all that the test process starts after it
/// counts as a part of it. The destructor stops what still runs.
class RunningService {
  public:
    struct Options {
        std::vector<std::string> settings = {};     ///< NAME=value, on top of those
        std::filesystem::path data_directory = {};  ///< empty: a fresh one
        std::vector<std::string> under = {};        ///< a program that starts the service: strace
    };

    /// Returns when it can estimate and render. Throws when that takes a minute.
    RunningService() : RunningService(Options()) {}
    explicit RunningService(Options options);
    RunningService(const RunningService&) = delete;
    RunningService& operator=(const RunningService&) = delete;
    ~RunningService();

    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
    [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
    [[nodiscard]] const std::filesystem::path& data_directory() const noexcept {
        return options_.data_directory;
    }

    /// Everything that its processes have logged since the last start.
    [[nodiscard]] std::string said() const { return process_->said(); }

    /// How often a text stands in what was said.
    [[nodiscard]] int times_said(const std::string& text) const;

    /// The processes of that part that live now, those that are stopped included.
    [[nodiscard]] std::vector<pid_t> processes(Part part) const;
    [[nodiscard]] std::size_t processes() const { return family().size(); }

    /// Of a part that has one process; waits until it is there.
    [[nodiscard]] pid_t process(Part part) const;

    /// Returns when it is there, able to estimate and render, again.
    void wait_until_ready() const;

    /// Starts it anew on the same folder and port, after its end.
    void start();

    /// As Ctrl-C does it. Returns the exit code.
    int stop();

    /// Kills the supervisor, and waits until all that it started is gone with it.
    void kill();

  private:
    /// All that live.
    [[nodiscard]] std::vector<FoundProcess> family() const;

    TemporaryFolder folder_;
    Options options_;
    std::set<pid_t> strangers_;  ///< what this process had started before
    std::uint16_t port_ = 0;
    std::optional<Process> process_;
};

}  // namespace posed::tests
