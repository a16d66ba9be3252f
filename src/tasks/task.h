#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Tasks: work that was accepted and will be done. A row of the table `tasks` is the truth about each;
/// leases, retries, cancelling, progress, the worker's loop and the announcing of new work are here. What the
/// work is about is none of this folder's business: a task has a kind, parameters as JSON text, and the ids
/// of its subjects.
///
/// Guarantee: an accepted task is never lost, is run at least once, and its result is recorded exactly once.
namespace posed::tasks {

/// Milliseconds would do; microseconds since 1970 UTC are what every table holds.
using Time = std::chrono::microseconds;

/// How far a task has come. The words of the interface are these in capitals.
enum class State {
    pending,  ///< waits for its first run
    started,  ///< a worker holds its lease
    retry,    ///< a run failed or its worker vanished; waits for the next
    success,  ///< final: its result is recorded
    failure,  ///< final: the error says why
    revoked   ///< final: cancelled, or what it was about is deleted
};

[[nodiscard]] std::string_view name_of(State state) noexcept;
[[nodiscard]] std::optional<State> state_named(std::string_view name) noexcept;
[[nodiscard]] bool is_final(State state) noexcept;

/// The exact engine that a task asks for, so that a mixed fleet cannot compute one recipe in two ways.
struct Pins {
    std::string estimator;
    std::string weights_digest;
    std::int64_t engine_revision = 0;

    friend bool operator==(const Pins&, const Pins&) = default;
};

/// What a task is about. Deleting one of them ends the task.
struct Subjects {
    std::optional<std::int64_t> video = {};
    std::optional<std::int64_t> estimation = {};

    friend bool operator==(const Subjects&, const Subjects&) = default;
};

/// What is asked for. Two of the same recipe are the same task for as long as the first is open.
struct NewTask {
    std::string kind;
    std::string queue;
    std::string parameters;  ///< JSON text; only the handler of the kind reads it
    std::int64_t parameter_version = 1;
    std::string recipe_hash;  ///< of everything that changes the result; 64 digits
    std::optional<Pins> pins;
    Subjects subjects;
};

/// How far a run has come. `rate` and `eta` are guesses from the last seconds.
struct Progress {
    std::string stage;
    std::int64_t done = 0;
    std::optional<std::int64_t> total = {};
    std::optional<double> rate = {};  ///< per second
    std::optional<Time> eta = {};     ///< when it will be done at this rate

    friend bool operator==(const Progress&, const Progress&) = default;
};

/// Why a task ended without a result, or why its last run did. Fit for clients.
struct TaskError {
    std::string code;
    std::string detail;
    std::string suggestion = {};

    friend bool operator==(const TaskError&, const TaskError&) = default;
};

/// The row that a task has led to.
struct TaskResult {
    std::string type;
    std::int64_t id = 0;
    bool deleted = false;  ///< it was there, and somebody deleted it

    friend bool operator==(const TaskResult&, const TaskResult&) = default;
};

/// A snapshot of a row.
struct Task {
    std::string id;  ///< UUID version 7
    NewTask request;
    State state = State::pending;
    std::int64_t submits = 1;  ///< how many asked for it
    std::int64_t attempts =
        0;  ///< runs that failed or vanished; neither handed back nor cut off by an outage
    std::int64_t revision = 0;  ///< raised by every change; no two rows share one
    std::optional<Progress> progress;
    std::optional<TaskError> error;
    std::optional<TaskResult> result;
    std::optional<Time> cancel_requested_at;
    Time created_at{0};
    Time due_at{0};  ///< not to be run before
    std::optional<Time> started_at;
    std::optional<Time> finished_at;
};

}  // namespace posed::tasks
