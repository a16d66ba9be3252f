#pragma once

#include <string_view>

#include <boost/json/value.hpp>

#include "base/result.h"

namespace posed {

/// Parses JSON of unknown origin. Stricter than `boost::json::parse`: no key may stand twice in an object
/// (readers differ in which one they believe). More exact, too: numbers are rounded correctly, so that a
/// recipe reads back as it was written; Boost 1.81 misses one double in nine by a unit in the last place.
/// Malformed UTF-8 and more than 16 levels are refused. Error: `corrupt` with the place.
[[nodiscard]] Result<boost::json::value> parse_strictly(std::string_view text, Code corrupt);

}  // namespace posed
