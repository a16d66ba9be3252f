#pragma once

#include "tests/service/running_service.h"

namespace posed::tests {

/// The last line of a test: expects that the service leaves nothing behind, prints the counts, and stops it.
///
/// Every task is final, and a SUCCESS has its row unless that was deleted. Every row has its parent and its
/// object, every object its row. The objects of writers that died go ten minutes after their last word: that
/// time is let pass in the database. Then no removal is open, no scratch file left, and no decoder but the
/// spare of each process. The service ends with code 0, and no process of it is left.
void expect_tidy(RunningService& service);

}  // namespace posed::tests
