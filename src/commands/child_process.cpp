#include "commands/child_process.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "commands/supervised.h"

namespace posed::commands {
namespace {

constexpr int signal_exit_code = 128;

struct Pipe {
    Descriptor out, in;  ///< what is written into `in` is read from `out`
};

/// Ends that are in the way of no number that a child is given.
Result<Pipe> open_pipe() {
    constexpr int lowest = report_descriptor + 1;
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0)
        return system_error(errno, "a pipe to another process");
    const Descriptor out(ends[0]), in(ends[1]);
    Pipe pipe{.out = Descriptor(::fcntl(out.number(), F_DUPFD_CLOEXEC, lowest)),
              .in = Descriptor(::fcntl(in.number(), F_DUPFD_CLOEXEC, lowest))};
    if (!pipe.out.is_open() || !pipe.in.is_open())
        return system_error(errno, "a pipe to another process");
    return pipe;
}

std::vector<std::string> lines_of(const Variables& environment) {
    std::vector<std::string> lines;
    for (const auto& [name, value] : environment)
        lines.push_back(std::string(name).append("=").append(value));
    return lines;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    for (auto& text : texts)
        pointers.push_back(text.data());
    pointers.push_back(nullptr);
    return pointers;
}

/// What the new process does between its start and the program's.
class SpawnActions {
  public:
    SpawnActions() {
        ::posix_spawn_file_actions_init(&actions_);
        ::posix_spawnattr_init(&attributes_);
    }
    SpawnActions(const SpawnActions&) = delete;
    SpawnActions& operator=(const SpawnActions&) = delete;
    ~SpawnActions() {
        ::posix_spawn_file_actions_destroy(&actions_);
        ::posix_spawnattr_destroy(&attributes_);
    }

    void hand_over(const Descriptor& lifeline, const Descriptor& report) {
        ::posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
        ::posix_spawn_file_actions_adddup2(&actions_, lifeline.number(), lifeline_descriptor);
        ::posix_spawn_file_actions_adddup2(&actions_, report.number(), report_descriptor);
        ::posix_spawn_file_actions_addclosefrom_np(&actions_, report_descriptor + 1);
    }

    /// A group of its own; signals as if we had never changed ours.
    void set_apart() {
        sigset_t signals;
        ::sigemptyset(&signals);
        ::posix_spawnattr_setsigmask(&attributes_, &signals);
        ::sigfillset(&signals);
        ::posix_spawnattr_setsigdefault(&attributes_, &signals);
        ::posix_spawnattr_setpgroup(&attributes_, 0);
        ::posix_spawnattr_setflags(
            &attributes_,
            static_cast<short>(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP));
    }

    [[nodiscard]] Result<pid_t> spawn(std::vector<std::string> arguments,
                                      std::vector<std::string> environment) {
        pid_t id = 0;
        const int error = ::posix_spawn(&id, arguments.front().c_str(), &actions_, &attributes_,
                                        pointers_to(arguments).data(), pointers_to(environment).data());
        if (error != 0)
            return system_error(error, arguments.front() + " cannot be started");
        return id;
    }

  private:
    posix_spawn_file_actions_t actions_{};
    posix_spawnattr_t attributes_{};
};

}  // namespace

Result<ChildProcess> ChildProcess::start(const std::vector<std::string>& arguments,
                                         const Variables& environment) {
    auto lifeline = TRY(open_pipe());
    auto report = TRY(open_pipe());
    ::fcntl(report.out.number(), F_SETFL, O_NONBLOCK);
    SpawnActions actions;
    actions.hand_over(lifeline.out, report.in);
    actions.set_apart();
    const auto id = TRY(actions.spawn(arguments, lines_of(environment)));
    return ChildProcess(id, std::move(lifeline.in), std::move(report.out));
}

ChildProcess::ChildProcess(pid_t id, Descriptor lifeline, Descriptor report) noexcept
    : id_(id), lifeline_(std::move(lifeline)), report_(std::move(report)) {}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : id_(std::exchange(other.id_, 0)),
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
    ssize_t length = 0;
    while (report_.is_open() && (length = ::read(report_.number(), piece.data(), piece.size())) > 0)
        received_.append(piece.data(), static_cast<std::size_t>(length));
    const auto end = received_.find('\n');
    if (end == std::string::npos)
        return std::nullopt;
    report_ = Descriptor();
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
