#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <sys/types.h>

namespace posed::tests {

struct FoundProcess {
    pid_t id = 0;
    pid_t parent = 0;
    char state = '?';
    std::string command;  ///< its arguments, each followed by a space
};

/// Below `ancestor`, each after its parent; dead ones left out.
[[nodiscard]] std::vector<FoundProcess> descendants_of(pid_t ancestor);

/// Of a file of /proc; empty when the process ends meanwhile.
[[nodiscard]] std::string content_of(const std::filesystem::path& file);

}  // namespace posed::tests
