#include "base/config.h"

#include <cstdlib>

namespace posed {
namespace {

std::filesystem::path path_from(const char* variable, const std::filesystem::path& otherwise) {
    const char* value = std::getenv(variable);
    return value != nullptr && *value != '\0' ? std::filesystem::path(value) : otherwise;
}

}  // namespace

Config read_config() {
    std::error_code ignored;
    const auto program = std::filesystem::read_symlink("/proc/self/exe", ignored);
    const auto prefix = program.parent_path().parent_path();
    return {.module_directory = path_from("POSED_MODULE_DIR", prefix / "lib/posed"),
            .blazepose_directory = path_from("POSED_BLAZEPOSE_DIR", prefix / "share/posed/blazepose")};
}

}  // namespace posed
