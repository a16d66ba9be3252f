#include <array>
#include <cerrno>
#include <memory>

#include <sched.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "media/sandbox/confinement.h"

namespace posed::media::sandbox {
namespace {

/// What computing, memory, threads, time and the open descriptors need.
constexpr std::array allowed{SCMP_SYS(read),
                             SCMP_SYS(write),
                             SCMP_SYS(recvfrom),
                             SCMP_SYS(sendto),
                             SCMP_SYS(poll),
                             SCMP_SYS(ppoll),
                             SCMP_SYS(close),
                             SCMP_SYS(lseek),
                             SCMP_SYS(munmap),
                             SCMP_SYS(mremap),
                             SCMP_SYS(madvise),
                             SCMP_SYS(brk),
                             SCMP_SYS(futex),
                             SCMP_SYS(set_robust_list),
                             SCMP_SYS(rseq),
                             SCMP_SYS(exit),
                             SCMP_SYS(exit_group),
                             SCMP_SYS(rt_sigaction),
                             SCMP_SYS(rt_sigprocmask),
                             SCMP_SYS(rt_sigreturn),
                             SCMP_SYS(sigaltstack),
                             SCMP_SYS(sched_getaffinity),
                             SCMP_SYS(sched_yield),
                             SCMP_SYS(getpid),
                             SCMP_SYS(gettid),
                             SCMP_SYS(clock_gettime),
                             SCMP_SYS(clock_nanosleep),
                             SCMP_SYS(nanosleep),
                             SCMP_SYS(gettimeofday),
                             SCMP_SYS(getrandom),
                             SCMP_SYS(sysinfo),
                             SCMP_SYS(restart_syscall)};

class Filter {
  public:
    Filter() : context_(seccomp_init(SCMP_ACT_ERRNO(EPERM))) {}
    Filter(const Filter&) = delete;
    Filter& operator=(const Filter&) = delete;
    ~Filter() { seccomp_release(context_); }

    void set(scmp_filter_attr attribute, std::uint32_t value) {
        note(seccomp_attr_set(context_, attribute, value));
    }
    void add(std::uint32_t action, int call) { note(seccomp_rule_add(context_, action, call, 0)); }
    void add_when(int call, const scmp_arg_cmp& argument) {
        note(seccomp_rule_add_array(context_, SCMP_ACT_ALLOW, call, 1, &argument));
    }
    [[nodiscard]] int load() {
        if (error_ == 0)
            note(seccomp_load(context_));
        return error_;
    }

  private:
    void note(int result) {
        if (error_ == 0)
            error_ = -result;
    }

    scmp_filter_ctx context_;
    int error_ = 0;
};

/// An argument of which the bits `mask` are `value`.
scmp_arg_cmp masked(unsigned argument, std::uint64_t mask, std::uint64_t value) {
    return {.arg = argument, .op = SCMP_CMP_MASKED_EQ, .datum_a = mask, .datum_b = value};
}

void allow_with_conditions(Filter& filter) {
    // Memory is never both given and run: no code comes in at run time.
    filter.add_when(SCMP_SYS(mmap), masked(2, PROT_EXEC, 0));
    filter.add_when(SCMP_SYS(mprotect), masked(2, PROT_EXEC, 0));
    // Threads of this process, as pthread_create makes them, but no process and no namespace.
    constexpr std::uint64_t thread = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD;
    constexpr std::uint64_t namespaces = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC |
                                         CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;
    filter.add_when(SCMP_SYS(clone), masked(0, thread | namespaces, thread));
    filter.add(SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3));  // then the C library uses clone
    filter.add_when(SCMP_SYS(prctl), {.arg = 0, .op = SCMP_CMP_EQ, .datum_a = PR_SET_NAME, .datum_b = 0});
    // abort() signals its own process.
    filter.add_when(
        SCMP_SYS(tgkill),
        {.arg = 0, .op = SCMP_CMP_EQ, .datum_a = static_cast<std::uint64_t>(::getpid()), .datum_b = 0});
}

}  // namespace

Result<> allow_few_system_calls() {
    Filter filter;
    filter.set(SCMP_FLTATR_CTL_TSYNC, 1);  // also over a sanitizer's own thread
    for (const int call : allowed)
        filter.add(SCMP_ACT_ALLOW, call);
    allow_with_conditions(filter);
    if constexpr (is_sanitized)
        filter.add(SCMP_ACT_ALLOW, SCMP_SYS(pipe2));  // how its runtime asks whether memory can be read
    if (const int error = filter.load(); error != 0)
        return fail(Code::internal,
                    system_error(error, "the decoder's sandbox lacks its layer system_calls").message,
                    "run on a Linux kernel that allows seccomp filters to unprivileged processes");
    return {};
}

}  // namespace posed::media::sandbox
