#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <sys/types.h>

/// What a test sees of its own process. Tests only.
namespace posed::media::sandbox {

inline std::size_t open_descriptors() {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {}));
}

/// How many times memory for frames is mapped into this process.
inline std::size_t mapped_rings() {
    std::ifstream maps("/proc/self/maps");
    std::size_t count = 0;
    for (std::string line; std::getline(maps, line);)
        count += line.find("memfd:frames") != std::string::npos ? 1 : 0;
    return count;
}

/// The processes that this one started and has not reaped: running, stopped or dead; those of a thread in
/// their order. The kernel's own list: to look at every process of the machine takes as long as others make
/// it.
inline std::vector<pid_t> children() {
    std::vector<pid_t> found;
    for (const auto& thread : std::filesystem::directory_iterator("/proc/self/task")) {
        std::ifstream list(thread.path() / "children");
        found.insert(found.end(), std::istream_iterator<pid_t>(list), {});
    }
    return found;
}

/// The child that works, where one sandbox has one job: it was the spare before there was another.
inline pid_t working_child() {
    return children().at(0);
}

}  // namespace posed::media::sandbox
