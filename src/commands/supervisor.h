#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include <poll.h>

#include "base/env_file.h"
#include "base/log.h"
#include "base/result.h"
#include "commands/child_process.h"

namespace posed::commands {

/// When a program is asked to stop: those whose turn is last, when the others are gone.
enum class StopTurn : std::uint8_t { first, last };

struct Program {
    std::string name;                    ///< for people: "inference worker 1"
    std::vector<std::string> arguments;  ///< beginning with the path
    StopTurn turn = StopTurn::first;
};

struct SupervisorTimes {
    std::chrono::milliseconds first_pause{500};       ///< before a program that ended is started again
    std::chrono::milliseconds longest_pause{30'000};  ///< it doubles up to this
    std::chrono::milliseconds steady{60'000};         ///< who ran so long begins with the first pause again
    std::chrono::milliseconds first_turn{7'000};      ///< what those have that are to stop first
    std::chrono::milliseconds stopping{9'500};        ///< whoever is there after that is killed
};

/// What else is to happen with what a program reports. Called by `Supervisor::run`.
struct SupervisorEvents {
    using Event = std::function<void(const Program& program, const std::string& report)>;

    /// The program has reported that it is ready.
    Event on_ready;
    /// One that had reported has ended by itself, or was killed.
    Event on_end = [](const Program&, const std::string&) {};
};

/// Keeps programs running. For the main thread, because they may die with the thread that started them.
class Supervisor {
  public:
    /// Programs are started with what `environment` holds at that moment. All arguments outlive this object.
    Supervisor(std::vector<Program> programs, const Variables& environment, Log& log, SupervisorEvents events,
               const SupervisorTimes& times = {});

    /// Starts the programs in their order, and each again when it ends; returns when all are gone after
    /// `stop`. Errors: invalid_argument when a program has ended with the exit code that says that it cannot
    /// run as it is configured; then all others are stopped as well.
    [[nodiscard]] Result<> run(const std::stop_token& stop);

  private:
    using Clock = std::chrono::steady_clock;

    struct Ward {
        Program program;
        std::optional<ChildProcess> process = {};
        std::optional<std::string> report = {};  ///< of this process
        Clock::time_point changed_at = {};       ///< when it was started, or has ended
        std::chrono::milliseconds pause{0};      ///< before its next start
    };

    void wait_for_news(int stop) const;
    void look_after(Ward& ward);
    void start(Ward& ward);
    void take_leave(Ward& ward, int exit_code);
    void stop_all();
    void stop_turn(StopTurn turn, Clock::time_point until);
    void wait_for_end(StopTurn turn, Clock::time_point until);
    [[nodiscard]] std::vector<pollfd> ends(StopTurn turn);

    std::vector<Ward> wards_;
    const Variables& environment_;
    Log& log_;
    SupervisorEvents events_;
    SupervisorTimes times_;
    std::optional<std::string> misconfigured_;  ///< which program has said so
};

}  // namespace posed::commands
