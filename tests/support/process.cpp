#include "tests/support/process.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <map>
#include <ranges>
#include <stdexcept>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace posed::tests {
namespace {

double now() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double seconds_of(const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

/// Several processes may write to it at once. A memfd does not lock its position: without O_APPEND they would
/// overwrite each other's lines.
int memory_for(const char* name) {
    const int file = ::memfd_create(name, MFD_CLOEXEC);
    if (file < 0 || ::fcntl(file, F_SETFL, O_APPEND) != 0)
        throw std::runtime_error("no memory for what the process writes");
    return file;
}

std::string written_to(int file) {
    struct stat status {};
    ::fstat(file, &status);
    std::string content(static_cast<std::size_t>(status.st_size), '\0');
    const auto got = ::pread(file, content.data(), content.size(), 0);
    content.resize(static_cast<std::size_t>(got));
    return content;
}

std::string taken_from(int file) {
    auto content = written_to(file);
    ::close(file);
    return content;
}

/// The test's own environment with `set` on top; of several with one name the last counts.
std::vector<std::string> environment_with(const std::vector<std::string>& set) {
    std::map<std::string_view, std::string> by_name;
    const auto put = [&](std::string_view variable) {
        by_name[variable.substr(0, variable.find('='))] = variable;
    };
    for (char** own = environ; *own != nullptr; ++own)
        put(*own);
    std::ranges::for_each(set, put);
    const auto variables = std::views::values(by_name);
    return {variables.begin(), variables.end()};
}

/// As exec takes them, which changes none.
std::vector<char*> pointers_to(const std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    for (const auto& text : texts)
        pointers.push_back(const_cast<char*>(text.c_str()));
    pointers.push_back(nullptr);
    return pointers;
}

/// Not by fork(2): a copy of the test's memory takes long to make, and in it a sanitizer's allocator may be
/// locked by a thread that is not there any more.
pid_t start(const std::vector<std::string>& arguments, const Environment& environment, int output,
            int errors) {
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    if (!environment.folder.empty())
        ::posix_spawn_file_actions_addchdir_np(&actions, environment.folder.c_str());
    ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO);

    sigset_t interrupt;  // shells let what they run in the background ignore it
    ::sigemptyset(&interrupt);
    ::sigaddset(&interrupt, SIGINT);
    posix_spawnattr_t attributes;
    ::posix_spawnattr_init(&attributes);
    ::posix_spawnattr_setsigdefault(&attributes, &interrupt);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);

    pid_t id = -1;
    const auto variables = environment_with(environment.set);
    const int error = ::posix_spawnp(&id, arguments.front().c_str(), &actions, &attributes,
                                     pointers_to(arguments).data(), pointers_to(variables).data());
    ::posix_spawn_file_actions_destroy(&actions);
    ::posix_spawnattr_destroy(&attributes);
    if (error != 0)
        throw std::system_error(error, std::generic_category(), arguments.front() + " cannot be started");
    return id;
}

}  // namespace

Process::Process(const std::vector<std::string>& arguments, const Environment& environment)
    : begin_(now()), output_(memory_for("output")), errors_(memory_for("errors")) {
    pid_ = start(arguments, environment, output_, errors_);
}

Process::~Process() {
    if (pid_ > 0) {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
}

void Process::signal(int number) const {
    ::kill(pid_, number);
}

std::string Process::said() const {
    return written_to(errors_);
}

bool Process::wait_until_said(const std::string& text) const {
    return wait_until_written(errors_, text);
}

bool Process::wait_until_printed(const std::string& text) const {
    return wait_until_written(output_, text);
}

std::string Process::printed() const {
    return written_to(output_);
}

bool Process::wait_until_written(int file, const std::string& text) const {
    constexpr int pause_milliseconds = 10;
    while (written_to(file).find(text) == std::string::npos) {
        siginfo_t ended{};
        ::waitid(P_PID, static_cast<id_t>(pid_), &ended, WEXITED | WNOHANG | WNOWAIT);
        if (ended.si_pid == pid_)
            return false;
        ::poll(nullptr, 0, pause_milliseconds);
    }
    return true;
}

Finished Process::wait() {
    int status = 0;
    rusage usage{};
    while (::wait4(pid_, &status, 0, &usage) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return {.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
            .output = taken_from(output_),
            .errors = taken_from(errors_),
            .seconds = now() - begin_,
            .processor_seconds = seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime),
            .peak_megabytes = static_cast<double>(usage.ru_maxrss) / 1024};
}

Finished run(const std::vector<std::string>& arguments, const Environment& environment) {
    return Process(arguments, environment).wait();
}

std::string posed_program() {
    return POSED_PROGRAM;
}

std::size_t files_in(const std::filesystem::path& folder) {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
        count += entry.is_directory() ? 0 : 1;
    return count;
}

}  // namespace posed::tests
