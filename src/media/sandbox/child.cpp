#include "media/sandbox/child.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>

namespace posed::media::sandbox {
namespace {

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

    void hand_over(const Descriptor& socket, const Descriptor& memory) {
        ::posix_spawn_file_actions_addopen(&actions_, 0, "/dev/null", O_RDONLY, 0);
        ::posix_spawn_file_actions_addopen(&actions_, 1, "/dev/null", O_WRONLY, 0);
        ::posix_spawn_file_actions_addopen(&actions_, 2, "/dev/null", O_WRONLY, 0);
        ::posix_spawn_file_actions_adddup2(&actions_, socket.number(), child_socket);
        ::posix_spawn_file_actions_adddup2(&actions_, memory.number(), child_memory);
        ::posix_spawn_file_actions_addclosefrom_np(&actions_, child_memory + 1);
    }

    /// As if the parent had never changed its signals.
    void reset_signals() {
        sigset_t signals;
        ::sigemptyset(&signals);
        ::posix_spawnattr_setsigmask(&attributes_, &signals);
        ::sigfillset(&signals);
        ::posix_spawnattr_setsigdefault(&attributes_, &signals);
        ::posix_spawnattr_setflags(&attributes_,
                                   static_cast<short>(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF));
    }

    [[nodiscard]] Result<Process> spawn(const std::filesystem::path& program) {
        std::string name = program.string(), parent = std::to_string(::getpid());
        const std::array<char*, 3> arguments{name.data(), parent.data(), nullptr};
        const std::array<char*, 1> environment{nullptr};
        pid_t id = 0;
        const int error =
            ::posix_spawn(&id, name.c_str(), &actions_, &attributes_, arguments.data(), environment.data());
        if (error != 0)
            return system_error(error, "the decoder program " + name + " cannot be started");
        return Process(id);
    }

  private:
    posix_spawn_file_actions_t actions_{};
    posix_spawnattr_t attributes_{};
};

/// The same file under a number that is in nobody's way.
Descriptor above_child_numbers(int number) {
    constexpr int lowest = 16;
    const Descriptor original(number);
    return Descriptor(::fcntl(number, F_DUPFD_CLOEXEC, lowest));
}

}  // namespace

std::string Process::end() {
    if (id_ <= 0)
        return "never ran";
    int status = 0;
    const auto id = std::exchange(id_, 0);
    // Something that ended by itself stays as it ended.
    ::kill(id, SIGKILL);
    pid_t reaped = 0;
    while ((reaped = ::waitpid(id, &status, 0)) < 0 && errno == EINTR) {
    }
    if (reaped == id && WIFSIGNALED(status)) {
        const char* name = ::strsignal(WTERMSIG(status));
        return "was killed by signal " + std::to_string(WTERMSIG(status)) + " (" +
               (name != nullptr ? name : "?") + ")";
    }
    return reaped == id ? "ended with exit code " + std::to_string(WEXITSTATUS(status)) : "ended";
}

Result<Child> start_child(const std::filesystem::path& program) {
    std::array<int, 2> sockets{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets.data()) != 0)
        return system_error(errno, "a channel to the decoder process");
    Channel channel{Descriptor(sockets[0])};
    const auto childs_socket = above_child_numbers(sockets[1]);
    Descriptor memory = above_child_numbers(::memfd_create("frames", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (childs_socket.number() < 0 || memory.number() < 0)
        return system_error(errno, "memory for decoded frames");
    SpawnActions actions;
    actions.hand_over(childs_socket, memory);
    actions.reset_signals();
    auto process = TRY(actions.spawn(program));
    return Child{std::move(channel), std::move(memory), std::move(process)};
}

}  // namespace posed::media::sandbox
