#pragma once

#include <iosfwd>

#include <boost/json/value.hpp>

namespace posed::commands {

/// Writes JSON for people: a member a line, indented by two; objects and arrays without nesting stay on one
/// line.
void print_pretty(std::ostream& out, const boost::json::value& value);

}  // namespace posed::commands
