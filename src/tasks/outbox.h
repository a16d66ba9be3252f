#pragma once

#include "database/database.h"
#include "tasks/announcer.h"

namespace posed::tasks {

/// Tells `announcer` how many rows are due: the rows themselves are the outbox. Called after a submit and
/// every second, so that neither a broker that was away or has lost everything nor a process that died in
/// between leaves a task unannounced. Needed only by announcers that the database does not wake by itself.
/// Throws database::Unavailable.
void announce_due(database::Database& database, Announcer& announcer);

}  // namespace posed::tasks
