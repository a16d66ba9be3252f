#pragma once

#include <cstdint>
#include <string>

#include "base/random.h"
#include "database/database.h"

namespace posed::tasks {

/// What is to be done after a service was killed and before it starts again: ends all runs and all workers at
/// once, instead of waiting for their leases to run out. Counts an attempt for each run, because the run may
/// be what killed the service. Only for a caller that knows of no other worker being alive; one that is
/// nevertheless has lost its lease, and drops its work. Returns how many runs it ended. Throws
/// database::Unavailable.
std::int64_t end_everything_unfinished(database::Database& database, Random& random);

/// The same for the runs of one worker, and for that worker: for whoever has seen its process end.
std::int64_t end_unfinished_of(const std::string& worker, database::Database& database, Random& random);

}  // namespace posed::tasks
