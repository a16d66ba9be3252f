// Stands in for the decoding child in tests: shuts itself in, then tries what must not work and reports, as
// the answer to no question, what came of it.

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "media/sandbox/child.h"
#include "media/sandbox/confinement.h"
#include "media/sandbox/messages.h"

namespace {

using namespace posed::media::sandbox;

/// Asked before the filter refuses the question.
const pid_t parent = ::getppid();

std::string outcome(const char* what, long result) {
    return std::string(what) + ": " + (result >= 0 ? "works" : std::strerror(errno));
}

/// Through the kernel's own door: the C library may refuse for reasons of its own.
template <class... Arguments>
std::string attempt(const char* what, long call, Arguments... arguments) {
    errno = 0;
    return outcome(what, ::syscall(call, arguments...));
}

std::vector<std::string> attempts() {
    std::array<char*, 1> nothing{nullptr};
    const rlimit limit{};
    std::vector<std::string> results{
        attempt("open", SYS_open, "/etc/passwd", O_RDONLY),
        attempt("openat", SYS_openat, AT_FDCWD, "/etc/passwd", O_RDONLY),
        attempt("create", SYS_openat, AT_FDCWD, "/tmp/posed-probe", O_CREAT | O_WRONLY, 0600),
        attempt("unlink", SYS_unlink, "/tmp/posed-probe"),
        attempt("socket", SYS_socket, AF_INET, SOCK_STREAM, 0),
        attempt("unix_socket", SYS_socket, AF_UNIX, SOCK_STREAM, 0),
        attempt("execve", SYS_execve, "/bin/true", nothing.data(), nothing.data()),
        attempt("fork", SYS_fork),
        attempt("clone", SYS_clone, SIGCHLD, 0, 0, 0, 0),
        attempt("ptrace", SYS_ptrace, PTRACE_ATTACH, parent, 0, 0),
        attempt("read_of_parent", SYS_process_vm_readv, parent, nullptr, 0, nullptr, 0, 0),
        attempt("kill", SYS_kill, parent, 0),
        attempt("memfd", SYS_memfd_create, "x", 0),
        attempt("dup", SYS_dup, child_socket),
        attempt("resize_of_ring", SYS_ftruncate, child_memory, 1),
        attempt("executable_memory", SYS_mmap, nullptr, 4096, PROT_READ | PROT_EXEC,
                MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
        attempt("raise_of_limits", SYS_prlimit64, 0, RLIMIT_NOFILE, &limit, nullptr),
        attempt("unshare", SYS_unshare, 0x10000000),
        attempt("setuid", SYS_setuid, 0)};
    std::string thread = "thread: fails";
    std::thread([&thread] { thread = "thread: works"; }).join();
    results.push_back(thread);
    return results;
}

std::string network() {
    std::array<char, 64> text{};
    return ::readlink("/proc/self/ns/net", text.data(), text.size() - 1) > 0 ? text.data() : "?";
}

/// How many descriptors can be opened, and why not one more.
std::string descriptors_to_be_had() {
    int count = 0;
    while (::syscall(SYS_dup, child_socket) >= 0)
        ++count;
    return "descriptors: " + std::to_string(count) + ", then " + std::strerror(errno);
}

/// Each layer but the last, probed before the next one hides what it does.
std::vector<std::string> attempts_layer_by_layer() {
    std::vector<std::string> results;
    const auto network_before = network();
    if (leave_namespaces())
        results.emplace_back(network() != network_before ? "namespaces: hold"
                                                         : "namespaces: are the old ones");
    if (become_nobody())
        results.push_back(attempt("root again", SYS_setresuid, 0, 0, 0));
    if (forbid_paths()) {
        results.push_back(attempt("path", SYS_openat, AT_FDCWD, "/etc/passwd", O_RDONLY));
        results.push_back(attempt("path to make", SYS_mkdir, "/tmp/posed-probe", 0700));
    }
    ::signal(SIGXFSZ, SIG_IGN);
    if (set_limits()) {
        results.push_back(descriptors_to_be_had());
        results.push_back(attempt("growing file", SYS_write, child_memory, "x", 1));
        rlimit core{};
        ::getrlimit(RLIMIT_CORE, &core);
        results.push_back("core: " + std::to_string(core.rlim_max));
    }
    return results;
}

}  // namespace

int main(int argc, char** argv) {
    Channel channel{posed::Descriptor(child_socket)};
    std::vector<std::string> report;
    if (std::string_view(argv[0]).ends_with("layer_by_layer")) {
        report = attempts_layer_by_layer();
    } else if (argc == 2 && confine(static_cast<pid_t>(std::atol(argv[1])))) {
        report = attempts();
    }
    static_cast<void>(channel.send(encode(FromChild(Ready{report})), {}));
    ::_exit(EXIT_SUCCESS);
}
