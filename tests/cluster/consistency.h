#pragma once

#include <string>

#include "tests/cluster/load.h"

namespace posed::tests {

/// The end of a fault, when all its processes run again. Waits until the load is done, and expects that
/// nothing was lost, done twice or left behind; prints the counts, deletes the load's video, and expects that
/// nothing is left of it.
///
/// Every accepted task is a SUCCESS, and there is no other. Every recipe has one row; every row its parent
/// and its object, every object its row. Results can be read, and an equal request is answered from them.
/// Writers that died are believed dead after ten minutes: that time is let pass in the database.
void expect_consistent(Cluster& cluster, Load& load, const std::string& fault);

/// Attempts that failed, of all tasks of the load.
[[nodiscard]] std::int64_t failed_attempts(Cluster& cluster, const Load& load);

}  // namespace posed::tests
