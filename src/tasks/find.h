#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "database/database.h"
#include "tasks/task.h"

/// Reading tasks. Any transaction will do.
namespace posed::tasks {

[[nodiscard]] std::optional<Task> find_task(database::Transaction& transaction, std::string_view id);

/// What a list is narrowed to; all that is given must hold.
struct TaskFilter {
    std::optional<State> state = {};
    std::optional<std::string> kind = {};
    std::optional<std::string> queue = {};
    Subjects subjects = {};
};

[[nodiscard]] bool matches(const TaskFilter& filter, const Task& task);

struct TaskList {
    std::vector<Task> tasks;  ///< newest first
    std::int64_t total = 0;   ///< without skip and limit
};

[[nodiscard]] TaskList list_tasks(database::Transaction& transaction, const TaskFilter& filter,
                                  std::int64_t skip, std::int64_t limit);

/// Snapshots of the rows that changed after `revision`, in the order of their revisions, at most `limit`. A
/// row that changed twice is there once, as it is now. For event streams: one index lookup finds nothing to
/// tell.
[[nodiscard]] std::vector<Task> changed_tasks(database::Transaction& transaction, std::int64_t revision,
                                              std::int64_t limit);

/// The revision that `changed_tasks` goes on from to see only what is still to come.
[[nodiscard]] std::int64_t newest_revision(database::Transaction& transaction);

struct OpenTasks {
    std::string queue;
    State state = State::pending;
    std::int64_t count = 0;

    friend bool operator==(const OpenTasks&, const OpenTasks&) = default;
};

/// How many are open, where there are any: for gauges.
[[nodiscard]] std::vector<OpenTasks> count_open_tasks(database::Transaction& transaction);

/// How many tasks of its queue are leased before this one, itself included; nothing for one that does not
/// wait.
[[nodiscard]] std::optional<std::int64_t> queue_position(database::Transaction& transaction,
                                                         const Task& task);

}  // namespace posed::tasks
