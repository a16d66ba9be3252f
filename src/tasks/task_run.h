#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/log.h"
#include "base/result.h"
#include "database/database.h"
#include "tasks/task.h"

namespace posed::tasks {

/// What a handler has of the run that it carries out. Used by the handler's thread; `stop` may be handed on.
class TaskRun {
  public:
    /// Inserts the rows of the result. May be called again after a transaction of unknown outcome was rolled
    /// back.
    using Record = std::function<Result<TaskResult>(database::Transaction&)>;

    virtual ~TaskRun() = default;

    /// The name of this run's lease, never given twice. Objects carry it in their keys, so that two runs of
    /// one task cannot write to one object.
    [[nodiscard]] virtual const std::string& token() const noexcept = 0;

    /// Requested when the task is cancelled, its lease lost, its progress stalled or the worker told to end.
    /// For waits that `report` cannot reach.
    [[nodiscard]] virtual std::stop_token stop() const noexcept = 0;

    /// With the task's id in every line.
    [[nodiscard]] virtual Log& log() noexcept = 0;

    /// Says how far the work has come, and asks whether to go on: as `still_mine`. Call it once a frame;
    /// writing it down costs the handler nothing. A run that says nothing new for the stall timeout is given
    /// up.
    [[nodiscard]] virtual Result<> report(std::string_view stage, std::int64_t done,
                                          std::optional<std::int64_t> total) = 0;

    /// Waits while the lease is in doubt because the database does not answer. To be asked before anything
    /// that others can see. Errors: cancelled when the work is to be dropped, for whatever reason.
    [[nodiscard]] virtual Result<> still_mine() = 0;

    /// Records the result and ends the task as SUCCESS in one transaction, which only the lease's owner can
    /// commit. Waits out an outage. Returns what `record` returned; its error ends nothing and leaves no row.
    /// Errors: cancelled when the task has ended otherwise or somebody else has it: the result's object is
    /// then to be left alone.
    [[nodiscard]] virtual Result<TaskResult> commit(const Record& record) = 0;
};

}  // namespace posed::tasks
