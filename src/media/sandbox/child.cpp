#include "media/sandbox/child.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/spawn.h"

namespace posed::media::sandbox {

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
    const Descriptor childs_socket(sockets[1]);
    Descriptor memory(::memfd_create("frames", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (!memory.is_open())
        return system_error(errno, "memory for decoded frames");
    static_assert(child_socket == 3 && child_memory == 4);
    const auto id = TRY(spawn({.arguments = {program.string(), std::to_string(::getpid())},
                               .descriptors = {&childs_socket, &memory},
                               .silent = true}));
    return Child{std::move(channel), std::move(memory), Process(id)};
}

}  // namespace posed::media::sandbox
