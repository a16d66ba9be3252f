#include "base/spawn.h"

#include <cerrno>
#include <csignal>

#include <fcntl.h>
#include <spawn.h>
#include <unistd.h>

namespace posed {
namespace {

constexpr int first_given = STDERR_FILENO + 1;

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

    void open_null(int number, int flags) {
        ::posix_spawn_file_actions_addopen(&actions_, number, "/dev/null", flags, 0);
    }

    /// Takes each to its place, and closes all others. None may stand in the place of another.
    void hand_over(const std::vector<Descriptor>& descriptors) {
        int place = first_given;
        for (const auto& descriptor : descriptors)
            ::posix_spawn_file_actions_adddup2(&actions_, descriptor.number(), place++);
        ::posix_spawn_file_actions_addclosefrom_np(&actions_, place);
    }

    void set_apart(bool own_group) {
        sigset_t signals;
        ::sigemptyset(&signals);
        ::posix_spawnattr_setsigmask(&attributes_, &signals);
        ::sigfillset(&signals);
        ::posix_spawnattr_setsigdefault(&attributes_, &signals);
        ::posix_spawnattr_setpgroup(&attributes_, 0);
        ::posix_spawnattr_setflags(&attributes_,
                                   static_cast<short>(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
                                                      (own_group ? POSIX_SPAWN_SETPGROUP : 0)));
    }

    [[nodiscard]] Result<pid_t> spawn(std::vector<std::string>& arguments,
                                      std::vector<std::string>& environment) {
        pid_t id = 0;
        const int error = ::posix_spawn(&id, arguments.front().c_str(), &actions_, &attributes_,
                                        pointers_to(arguments).data(), pointers_to(environment).data());
        if (error != 0)
            return system_error(error, arguments.front() + " cannot be started");
        return id;
    }

  private:
    static std::vector<char*> pointers_to(std::vector<std::string>& texts) {
        std::vector<char*> pointers;
        for (auto& text : texts)
            pointers.push_back(text.data());
        pointers.push_back(nullptr);
        return pointers;
    }

    posix_spawn_file_actions_t actions_{};
    posix_spawnattr_t attributes_{};
};

/// The same files under numbers that are the place of none of them.
Result<std::vector<Descriptor>> out_of_the_way(const std::vector<const Descriptor*>& descriptors) {
    const int lowest = first_given + static_cast<int>(descriptors.size());
    std::vector<Descriptor> copies;
    for (const auto* descriptor : descriptors) {
        copies.emplace_back(::fcntl(descriptor->number(), F_DUPFD_CLOEXEC, lowest));
        if (!copies.back().is_open())
            return system_error(errno, "a descriptor for another process");
    }
    return copies;
}

}  // namespace

Result<pid_t> spawn(Spawning spawning) {
    const auto descriptors = TRY(out_of_the_way(spawning.descriptors));
    SpawnActions actions;
    actions.open_null(STDIN_FILENO, O_RDONLY);
    if (spawning.silent) {
        actions.open_null(STDOUT_FILENO, O_WRONLY);
        actions.open_null(STDERR_FILENO, O_WRONLY);
    }
    actions.hand_over(descriptors);
    actions.set_apart(spawning.own_group);
    return actions.spawn(spawning.arguments, spawning.environment);
}

}  // namespace posed
