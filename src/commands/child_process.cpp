#include "commands/child_process.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/spawn.h"
#include "commands/supervised.h"

namespace posed::commands {
namespace {

constexpr int signal_exit_code = 128;

struct Pipe {
    Descriptor out, in;  ///< what is written into `in` is read from `out`
};

Result<Pipe> open_pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0)
        return system_error(errno, "a pipe to another process");
    return Pipe{.out = Descriptor(ends[0]), .in = Descriptor(ends[1])};
}

/// glibc 2.36 declares its function as one of C++.
Descriptor open_end_of(pid_t process) {
    return Descriptor(static_cast<int>(::syscall(SYS_pidfd_open, process, 0)));
}

std::vector<std::string> lines_of(const Variables& environment) {
    std::vector<std::string> lines;
    for (const auto& [name, value] : environment)
        lines.push_back(std::string(name).append("=").append(value));
    return lines;
}

}  // namespace

Result<ChildProcess> ChildProcess::start(const std::vector<std::string>& arguments,
                                         const Variables& environment) {
    auto lifeline = TRY(open_pipe());
    auto report = TRY(open_pipe());
    ::fcntl(report.out.number(), F_SETFL, O_NONBLOCK);
    static_assert(lifeline_descriptor == 3 && report_descriptor == 4);
    const auto id = TRY(spawn({.arguments = arguments,
                               .environment = lines_of(environment),
                               .descriptors = {&lifeline.out, &report.in},
                               .own_group = true}));
    ChildProcess child(id, open_end_of(id), std::move(lifeline.in), std::move(report.out));
    if (!child.end_.is_open())
        return system_error(errno, "watching another process");
    return child;
}

ChildProcess::ChildProcess(pid_t id, Descriptor end, Descriptor lifeline, Descriptor report) noexcept
    : id_(id), end_(std::move(end)), lifeline_(std::move(lifeline)), report_(std::move(report)) {}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : id_(std::exchange(other.id_, 0)),
      end_(std::move(other.end_)),
      lifeline_(std::move(other.lifeline_)),
      report_(std::move(other.report_)),
      received_(std::move(other.received_)),
      exit_code_(other.exit_code_) {}

ChildProcess::~ChildProcess() {
    if (id_ <= 0 || ended())
        return;
    kill();
    while (::waitpid(id_, nullptr, 0) < 0 && errno == EINTR) {
    }
}

std::optional<int> ChildProcess::ended() {
    int status = 0;
    if (!exit_code_ && ::waitpid(id_, &status, WNOHANG) == id_)
        exit_code_ = WIFSIGNALED(status) ? signal_exit_code + WTERMSIG(status) : WEXITSTATUS(status);
    return exit_code_;
}

std::optional<std::string> ChildProcess::take_report() {
    std::array<char, 256> piece{};
    ssize_t length = -1;
    while (report_.is_open() && (length = ::read(report_.number(), piece.data(), piece.size())) > 0)
        received_.append(piece.data(), static_cast<std::size_t>(length));
    const auto end = received_.find('\n');
    if (length == 0 || end != std::string::npos)
        report_ = Descriptor();
    if (end == std::string::npos)
        return std::nullopt;
    return std::exchange(received_, {}).substr(0, end);
}

void ChildProcess::kill() const noexcept {
    ::kill(-id_, SIGKILL);
}

std::string how_it_ended(int exit_code) {
    if (exit_code <= signal_exit_code)
        return "ended with exit code " + std::to_string(exit_code);
    const int number = exit_code - signal_exit_code;
    const char* name = ::strsignal(number);
    return "was killed by signal " + std::to_string(number) + " (" + (name != nullptr ? name : "?") + ")";
}

}  // namespace posed::commands
