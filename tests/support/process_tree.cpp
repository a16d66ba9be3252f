#include "tests/support/process_tree.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <sstream>
#include <utility>

namespace posed::tests {
namespace {

std::optional<FoundProcess> look_at(const std::filesystem::path& folder) {
    const auto stat = content_of(folder / "stat");
    const auto name_end = stat.rfind(')');
    if (name_end == std::string::npos || name_end + 4 > stat.size())
        return {};
    auto command = content_of(folder / "cmdline");
    std::ranges::replace(command, '\0', ' ');
    return FoundProcess{.id = static_cast<pid_t>(std::atol(stat.c_str())),
                        .parent = static_cast<pid_t>(std::atol(stat.c_str() + name_end + 4)),
                        .state = stat[name_end + 2],
                        .command = std::move(command)};
}

std::vector<FoundProcess> all_processes() {
    std::vector<FoundProcess> all;
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
        if (std::isdigit(static_cast<unsigned char>(entry.path().filename().c_str()[0])) == 0)
            continue;
        if (auto found = look_at(entry.path()))
            all.push_back(*std::move(found));
    }
    return all;
}

}  // namespace

std::string content_of(const std::filesystem::path& file) {
    // Reading what is not there any more must not throw, hence no iterators.
    const std::ifstream stream(file);
    std::ostringstream content;
    content << stream.rdbuf();
    return content.str();
}

std::vector<FoundProcess> descendants_of(pid_t ancestor) {
    const auto all = all_processes();
    std::vector<FoundProcess> family;
    std::vector<pid_t> parents{ancestor};
    for (std::size_t i = 0; i < parents.size(); ++i) {
        for (const auto& found : all) {
            if (found.parent != parents[i])
                continue;
            parents.push_back(found.id);
            if (found.state != 'Z' && found.state != 'X')
                family.push_back(found);
        }
    }
    return family;
}

}  // namespace posed::tests
