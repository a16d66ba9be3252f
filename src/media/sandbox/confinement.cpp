#include "media/sandbox/confinement.h"

#include <cerrno>
#include <csignal>
#include <utility>

#include <grp.h>
#include <malloc.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "media/sandbox/child.h"

namespace posed::media::sandbox {
namespace {

Error missing(const char* layer, int error_number) {
    return fail(
        Code::internal,
        system_error(error_number, std::string("the decoder's sandbox lacks its layer ") + layer).message,
        "run on a Linux kernel that allows seccomp filters to unprivileged processes");
}

/// A change of the user forgets it, so it comes after that one.
Result<> die_with(pid_t parent) {
    if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0)
        return missing("death with the parent", errno);
    if (::getppid() != parent)
        return fail(Code::internal, "the parent of the decoder process is gone");
    return {};
}

bool set_limit(__rlimit_resource resource, rlim_t most) {
    const rlimit limit{.rlim_cur = most, .rlim_max = most};
    return ::setrlimit(resource, &limit) == 0;
}

}  // namespace

bool leave_namespaces() noexcept {
    constexpr int own = CLONE_NEWNET | CLONE_NEWIPC;
    return (::geteuid() == 0 && ::unshare(own) == 0) || ::unshare(CLONE_NEWUSER | own) == 0;
}

/// Nobody's number, on every system.
bool become_nobody() noexcept {
    constexpr uid_t nobody = 65534;
    return ::geteuid() == 0 && ::setgroups(0, nullptr) == 0 && ::setresgid(nobody, nobody, nobody) == 0 &&
           ::setresuid(nobody, nobody, nobody) == 0;
}

Result<> set_limits() {
    constexpr rlim_t address_bytes = rlim_t{16} << 30U;  // the largest pictures, sixteen of them referred to
    constexpr rlim_t processor_seconds = 3 * 24 * 3600;  // a day of 4K video
    constexpr rlim_t descriptors = child_memory + 1 + further_descriptors;  // those that are open
    // One arena a thread would spend the address space on nothing.
    constexpr int arenas = 4;
    ::mallopt(M_ARENA_MAX, arenas);
    const bool all = set_limit(RLIMIT_FSIZE, 0) && set_limit(RLIMIT_CORE, 0) &&
                     set_limit(RLIMIT_NOFILE, descriptors) && set_limit(RLIMIT_CPU, processor_seconds) &&
                     (is_sanitized || set_limit(RLIMIT_AS, address_bytes));
    if (!all)
        return missing("limits", errno);
    return {};
}

Result<std::vector<std::string>> confine(pid_t parent) {
    std::vector<std::string> layers;
    const auto note = [&layers](const char* layer, bool holds) {
        if (holds)
            layers.emplace_back(layer);
    };
    note("namespaces", leave_namespaces());
    note("user", become_nobody());
    TRY(die_with(parent));
    if (::prctl(PR_SET_DUMPABLE, 0) != 0 || ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return missing("no_new_privileges", errno);
    note("no_new_privileges", true);
    note("landlock", forbid_paths());
    TRY(set_limits());
    note("limits", true);
    TRY(allow_few_system_calls());
    note("system_calls", true);
    return layers;
}

}  // namespace posed::media::sandbox
