#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include "base/log.h"

/// Private to this folder: asking the parts of the service how they are.
namespace posed::api {

enum class PartStatus : std::uint8_t { ok, degraded, unavailable };

/// What a part says of itself, for clients.
struct PartReport {
    PartStatus status = PartStatus::ok;
    std::optional<std::string> detail = {};
};

/// An answer, and how long it took.
struct ProbeAnswer {
    PartReport report;
    std::optional<std::chrono::microseconds> latency = {};  ///< nothing: none came in time
};

/// Asks one part, on a thread of its own: a part that hangs keeps that thread and nobody else, however often
/// it is asked. Thread-safe. Its end waits for a question that is under way.
class Probe {
  public:
    /// What `ask` throws makes the part unavailable and goes to the log, which must outlive the probe.
    Probe(std::string name, std::function<PartReport()> ask, Log& log);
    Probe(const Probe&) = delete;
    Probe& operator=(const Probe&) = delete;

    using Question = std::uint64_t;
    using Deadline = std::chrono::steady_clock::time_point;

    /// Begins to ask.
    [[nodiscard]] Question begin();

    /// The answer to that question or a later one; that the part is unavailable when there is none in time.
    [[nodiscard]] ProbeAnswer wait(Question question, Deadline deadline);

  private:
    void serve(const std::stop_token& stop);
    [[nodiscard]] PartReport ask_safely();

    std::string name_;
    std::function<PartReport()> ask_;
    Log& log_;
    std::mutex mutex_;
    std::condition_variable_any changed_;
    Question asked_ = 0;
    Question answered_ = 0;
    ProbeAnswer answer_;   ///< to the question `answered_`
    std::jthread thread_;  ///< last: it uses the others
};

}  // namespace posed::api
