#pragma once

#include <string>

#include "api/http.h"
#include "api/response.h"
#include "api/router.h"
#include "api/service.h"
#include "base/result.h"
#include "tasks/task.h"

/// Private to this folder: how submits are answered.
namespace posed::api {

/// How long a client may ask to wait (`Prefer: wait=N`).
inline constexpr std::chrono::seconds wait_max{60};

/// What every row of a submit says beside its summary and errors of its own.
[[nodiscard]] Documentation submit_documentation(std::string summary, std::string tag,
                                                 std::vector<Code> errors);

/// 200 for a task that is final, 202 for an open one; with `Prefer: wait` as soon as it is final or that time
/// is over. A full queue's refusal says when to come back.
[[nodiscard]] Response answer_submit(const Request& request, Service& service,
                                     const Result<tasks::Task>& submitted);

}  // namespace posed::api
