#include "tasks/turn.h"

#include "tasks/task_row.h"

namespace posed::tasks {

void take_turn(database::Transaction& transaction) {
    static_cast<void>(next_revision(transaction));
}

}  // namespace posed::tasks
