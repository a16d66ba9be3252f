#pragma once

#include "database/database.h"

namespace posed::tasks {

/// Waits for everybody who is changing tasks, and holds the next up until the transaction's end. Whoever
/// changes tasks has the turn; to take it before their rows are read or locked keeps two from waiting for
/// each other, and makes what was read stay true. Rows of videos and results are locked before, not after.
void take_turn(database::Transaction& transaction);

}  // namespace posed::tasks
