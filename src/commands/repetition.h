#pragma once

#include <chrono>
#include <functional>
#include <stop_token>
#include <string>
#include <thread>

#include "base/log.h"

namespace posed::commands {

/// Does a step now and after every pause, on a thread of its own, until it is destroyed. A step that the
/// database does not answer is done again at its next time; the log hears of the first of a row, and of its
/// end.
class Repetition {
  public:
    /// `log` and what the step uses must outlive this object.
    Repetition(std::string name, std::chrono::milliseconds pause, std::function<void()> step, Log& log);
    Repetition(const Repetition&) = delete;
    Repetition& operator=(const Repetition&) = delete;
    ~Repetition() = default;

  private:
    void repeat(const std::stop_token& stop);
    void take_a_turn();

    std::string name_;
    std::chrono::milliseconds pause_;
    std::function<void()> step_;
    Log& log_;
    bool away_ = false;  ///< the database, at the last turn
    std::jthread thread_;
};

}  // namespace posed::commands
