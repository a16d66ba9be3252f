#pragma once

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <unistd.h>

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

/// The processes that this one started and has not reaped: running, stopped or dead.
inline std::vector<pid_t> children() {
    std::vector<pid_t> found;
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
        if (std::isdigit(entry.path().filename().c_str()[0]) == 0)
            continue;
        std::ifstream stream(entry.path() / "stat");
        std::string text((std::istreambuf_iterator<char>(stream)), {});
        const auto name_end = text.rfind(')');
        if (name_end == std::string::npos || name_end + 4 > text.size())
            continue;
        if (std::atol(text.c_str() + name_end + 4) == ::getpid())
            found.push_back(static_cast<pid_t>(std::atol(text.c_str())));
    }
    std::ranges::sort(found);
    return found;
}

/// The child that works, where one sandbox has one job: it was the spare before there was another.
inline pid_t working_child() {
    return children().front();
}

}  // namespace posed::media::sandbox
