#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>

#include "base/log.h"
#include "base/result.h"

namespace posed::pipeline {

/// How far a run has come, in frames of its output. The total is an estimate until the last frame.
struct Progress {
    std::int64_t done = 0;
    std::optional<std::int64_t> total;
};

/// What a run needs of its surroundings. `report` is called once a frame by the thread that called the story;
/// its error ends the run.
struct Run {
    std::stop_token stop;
    std::function<Result<>(const Progress&)> report;
    Log& log;
};

}  // namespace posed::pipeline
