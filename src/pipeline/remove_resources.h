#pragma once

#include <cstdint>

#include "base/result.h"
#include "pipeline/stores.h"

/// Deleting. One transaction ends the open tasks about the resource, deletes its row and all that was derived
/// from it, marks the tasks that led to those rows, and puts their objects on the list of removals. Errors:
/// not_found.
namespace posed::pipeline {

[[nodiscard]] Result<> remove_video(const Stores& stores, std::int64_t id);
[[nodiscard]] Result<> remove_estimation(const Stores& stores, std::int64_t id);
[[nodiscard]] Result<> remove_visualization(const Stores& stores, std::int64_t id);

}  // namespace posed::pipeline
