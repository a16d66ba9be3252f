#include "tests/support/shared_data.h"

#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>

namespace posed::tests {

std::filesystem::path shared_data() {
    const char* directory = std::getenv("POSED_SHARED_DIR");
    return directory != nullptr ? std::filesystem::path(directory)
                                : std::filesystem::path(POSED_SOURCE_DIRECTORY) / ".." / "shared";
}

std::filesystem::path blazepose_weights() {
    return POSED_BLAZEPOSE_DIRECTORY;
}

bool running_in_ci() {
    const char* value = std::getenv("CI");
    return value != nullptr && std::string_view(value) == "true";
}

bool servers_wanted() {
    const char* value = std::getenv("SERVERS");
    return running_in_ci() || value == nullptr || std::string_view(value) != "no";
}

bool on_servers() {
    const char* value = std::getenv("TESTS_ON");
    return value != nullptr && std::string_view(value) == "servers";
}

bool long_faults_wanted() {
    const char* value = std::getenv("LONG_FAULTS");
    return value != nullptr && std::string_view(value) == "yes";
}

std::optional<std::string> older_program() {
    const char* value = std::getenv("OLD_PROGRAM");
    return value != nullptr ? std::optional<std::string>(value) : std::nullopt;
}

TemporaryFolder::TemporaryFolder() {
    auto pattern = (std::filesystem::temp_directory_path() / "posed-test-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr)
        throw std::runtime_error("no temporary folder can be made: " + pattern);
    path_ = pattern;
}

TemporaryFolder::~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

}  // namespace posed::tests
