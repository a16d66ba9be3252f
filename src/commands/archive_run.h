#pragma once

#include <filesystem>
#include <string>
#include <variant>
#include <vector>

#include "base/result.h"

namespace posed::commands {

/// Why an archive's code was not run to its end: no verdict on it.
struct NotRun {
    std::string reason;
};

/// Has the code within a body model's archive run by a process that is shut in as the decoder's is: no file,
/// no network, no memory that is both written and executed. The numbers it gives, or why there are none.
/// Errors: those of the system.
[[nodiscard]] Result<std::variant<std::vector<float>, NotRun>> run_shut_in(
    const std::filesystem::path& archive, const std::filesystem::path& module_directory);

/// The life of that process.
[[nodiscard]] Result<> run_archive_here(const std::filesystem::path& module_directory, int parent);

}  // namespace posed::commands
