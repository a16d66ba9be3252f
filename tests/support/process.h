#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <sys/types.h>

/// Runs programs as a user would, and keeps what they said and used.
namespace posed::tests {

struct Finished {
    int exit_code = -1;  ///< 128 + signal when a signal ended it
    std::string output;  ///< standard output
    std::string errors;  ///< standard error
    double seconds = 0;
    double processor_seconds =
        0;  ///< its own and those of its children; beside other work the clock says little
    double peak_megabytes = 0;
};

struct Environment {
    std::vector<std::string> set;       ///< NAME=value, on top of the test's own environment
    std::filesystem::path folder = {};  ///< working folder; empty: the test's own
};

/// A program that runs beside the test. Killed by the destructor if it still does. Throws where the system
/// cannot start it.
class Process {
  public:
    explicit Process(const std::vector<std::string>& arguments, const Environment& environment = {});
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;
    ~Process();

    [[nodiscard]] pid_t id() const noexcept { return pid_; }

    void signal(int number) const;

    /// Waits until `text` stands on standard error; false when the program ends without it.
    [[nodiscard]] bool wait_until_said(const std::string& text) const;

    /// The same for standard output.
    [[nodiscard]] bool wait_until_printed(const std::string& text) const;

    /// What stands on standard error, and on standard output, so far.
    [[nodiscard]] std::string said() const;
    [[nodiscard]] std::string printed() const;

    [[nodiscard]] Finished wait();

  private:
    [[nodiscard]] bool wait_until_written(int file, const std::string& text) const;

    pid_t pid_ = -1;
    double begin_ = 0;
    int output_ = -1;  ///< unlinked files, so that nothing blocks
    int errors_ = -1;
};

[[nodiscard]] Finished run(const std::vector<std::string>& arguments, const Environment& environment = {});

/// The program under test.
[[nodiscard]] std::string posed_program();

/// The number of files below a folder.
[[nodiscard]] std::size_t files_in(const std::filesystem::path& folder);

}  // namespace posed::tests
