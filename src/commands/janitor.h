#pragma once

#include "base/config.h"
#include "base/log.h"
#include "pipeline/stores.h"

namespace posed::commands {

/// The janitor's round with the retention of the settings; says what it did, when it did something. Throws
/// `database::Unavailable`.
void clear_away(const pipeline::Stores& stores, const ServiceConfig& config, Log& log);

}  // namespace posed::commands
