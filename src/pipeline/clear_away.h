#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "base/log.h"
#include "pipeline/stores.h"

namespace posed::pipeline {

struct Retention {
    std::chrono::microseconds tasks;  ///< after their end
    std::optional<std::chrono::microseconds>
        results;  ///< videos and what was made of them; nothing: for ever
};

struct ClearedAway {
    std::int64_t objects = 0;
    std::int64_t tasks = 0;
    std::int64_t resources = 0;

    friend bool operator==(const ClearedAway&, const ClearedAway&) = default;
};

/// The janitor's round: deletes objects whose removal is due, forgets old tasks and dead workers, and deletes
/// videos and results that are older than they are kept. Any number of processes may do this at the same
/// time; what one of them leaves undone by dying, the next round does. An object that cannot be deleted now
/// is logged and tried again later. Throws `database::Unavailable`.
ClearedAway clear_away(const Stores& stores, const Retention& retention, Log& log);

}  // namespace posed::pipeline
