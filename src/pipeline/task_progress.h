#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "base/result.h"
#include "pipeline/run.h"
#include "pipeline/task_parameters.h"
#include "tasks/task_run.h"

/// Private to this folder: what the steps of a task report goes to its run, which says whether to go on.
namespace posed::pipeline {

/// `stage` names what is done to the frames; a literal.
[[nodiscard]] inline Run run_of(tasks::TaskRun& run, std::string_view stage) {
    return {
        .stop = run.stop(),
        .report = [&run, stage](
                      const Progress& progress) { return run.report(stage, progress.done, progress.total); },
        .log = run.log()};
}

/// For `store_file`: bytes are reported.
[[nodiscard]] inline std::function<Result<>(std::uint64_t, std::uint64_t)> storing_of(tasks::TaskRun& run) {
    return [&run](std::uint64_t done, std::uint64_t total) {
        return run.report(storing_stage, static_cast<std::int64_t>(done), static_cast<std::int64_t>(total));
    };
}

}  // namespace posed::pipeline
