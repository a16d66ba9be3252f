#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "database/database.h"
#include "tasks/task.h"

/// Ends of tasks that come from outside: cancelled, deleted under their hands, or old.
namespace posed::tasks {

/// Asks that the task ends without a result, for all who submitted it. One that is not running ends at once;
/// one that runs is marked, and ends as REVOKED as soon as its worker has seen that; a final one stays.
/// Returns the row afterwards; nothing for an id that is not there.
std::optional<Task> cancel(database::Transaction& transaction, const std::string& id);

inline constexpr std::string_view subject_deleted_code = "subject_deleted";

/// Ends the open tasks about any of the subjects named, running ones too: their workers find the lease gone.
/// Called by the transaction that deletes the subject. Returns how many.
std::int64_t end_tasks_about(database::Transaction& transaction, const Subjects& subjects);

/// Marks the tasks whose result was this row, which the same transaction deletes. Returns how many.
std::int64_t mark_result_deleted(database::Transaction& transaction, std::string_view type, std::int64_t id);

/// Deletes the rows of tasks that ended at least `retention` ago. Open tasks are never deleted. Returns how
/// many.
std::int64_t delete_old_tasks(database::Transaction& transaction, Time retention);

/// Whether a task of this id, which is not there, may have been deleted for its age rather than never have
/// been.
[[nodiscard]] bool was_deleted_for_age(database::Transaction& transaction, std::string_view id,
                                       Time retention);

}  // namespace posed::tasks
