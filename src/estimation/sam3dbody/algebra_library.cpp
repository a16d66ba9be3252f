#include "estimation/sam3dbody/algebra_library.h"

#include <filesystem>
#include <string_view>

#include <ATen/Version.h>
#include <link.h>

namespace posed::estimation::sam3dbody {
namespace {

/// Called for each mapped library, until one is a BLAS.
int look_for_blas(dl_phdr_info* info, std::size_t, void* found) {
    const std::filesystem::path path = info->dlpi_name;
    if (!path.filename().string().starts_with("libblas.so"))
        return 0;
    *static_cast<std::filesystem::path*>(found) = path;
    return 1;
}

}  // namespace

Result<std::string> linear_algebra_library() {
    std::filesystem::path found;
    ::dl_iterate_phdr(&look_for_blas, &found);
    if (found.empty())
        return std::string("built in");
    std::error_code ignored;
    const auto path = std::filesystem::canonical(found, ignored);
    if (path.parent_path().filename() == "blas")  // where Debian keeps the one of Netlib
        return fail(
            Code::model_missing,
            "libtorch would compute with the reference BLAS " + path.string() + ", which is unoptimised",
            "install an optimised one: apt-get install libopenblas0-openmp");
    return path.string();
}

std::string instruction_set() {
    // Of several releases of libtorch, all say it here, and only here.
    constexpr std::string_view before = "CPU capability usage: ";
    const auto text = at::show_config();
    const auto begin = text.find(before);
    if (begin == std::string::npos)
        return "unknown";
    return text.substr(begin + before.size(), text.find('\n', begin) - begin - before.size());
}

}  // namespace posed::estimation::sam3dbody
