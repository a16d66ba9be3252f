#pragma once

#include <string>
#include <vector>

#include <sys/types.h>

#include "base/descriptor.h"
#include "base/result.h"

namespace posed {

/// A program to be run in a process of its own, and all that it gets from this one.
struct Spawning {
    std::vector<std::string> arguments;               ///< beginning with the program's path
    std::vector<std::string> environment = {};        ///< NAME=value
    std::vector<const Descriptor*> descriptors = {};  ///< which it finds as 3, 4 and so on
    bool silent = false;     ///< its standard output and error are thrown away, not ours
    bool own_group = false;  ///< a process group, which signals of a terminal do not reach
};

/// Starts it: with an empty standard input, no other descriptor, and signals as if we had never changed ours.
/// Who calls this reaps the process. Errors: those of the system.
[[nodiscard]] Result<pid_t> spawn(Spawning spawning);

}  // namespace posed
