#include "tasks/outage.h"

#include "database/database.h"

namespace posed::tasks {

bool database_answers(const std::function<void()>& step) {
    try {
        step();
        return true;
    } catch (const database::Unavailable&) {
        return false;
    }
}

}  // namespace posed::tasks
