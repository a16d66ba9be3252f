#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>

#include "base/log.h"

namespace posed::commands {

/// Does a step now, after every pause and when it is hurried, on a thread of its own, until it is destroyed.
/// A step that the database does not answer is done again at its next time; the log hears of the first of a
/// row, and of its end.
class Repetition {
  public:
    /// `log` and what the step uses must outlive this object.
    Repetition(std::string name, std::chrono::milliseconds pause, std::function<void()> step, Log& log);
    Repetition(const Repetition&) = delete;
    Repetition& operator=(const Repetition&) = delete;
    ~Repetition() = default;

    /// The next turn begins at once, or 10 ms after the last one. From any thread.
    void hurry();

  private:
    void repeat(const std::stop_token& stop);
    void take_a_turn();

    std::string name_;
    std::chrono::milliseconds pause_;
    std::function<void()> step_;
    Log& log_;
    std::mutex mutex_;
    std::condition_variable_any changed_;
    bool hurried_ = false;
    bool away_ = false;  ///< the database, at the last turn
    std::jthread thread_;
};

}  // namespace posed::commands
