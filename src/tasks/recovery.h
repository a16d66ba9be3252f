#pragma once

#include <cstdint>

#include "base/random.h"
#include "database/database.h"

namespace posed::tasks {

/// What is to be done after a service was killed and before it starts again: ends all runs and all workers at
/// once, instead of waiting for their leases to run out. Counts an attempt for each run, because the run may
/// be what killed the service. Only for a caller that knows of no other worker being alive; one that is
/// nevertheless has lost its lease, and drops its work. Returns how many runs it ended. Throws
/// database::Unavailable.
std::int64_t end_everything_unfinished(database::Database& database, Random& random);

}  // namespace posed::tasks
