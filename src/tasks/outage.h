#pragma once

#include <functional>

namespace posed::tasks {

/// Whether the database answered all of `step`. An outage is an ordinary event to whoever holds or looks for
/// work, so here it becomes a value; the caller tries again later.
[[nodiscard]] bool database_answers(const std::function<void()>& step);

}  // namespace posed::tasks
