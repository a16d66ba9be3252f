#include "commands/scratch_folder.h"

#include <cerrno>
#include <string>
#include <system_error>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

namespace posed::commands {
namespace {

Descriptor open_folder(const std::filesystem::path& folder) {
    return Descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
}

/// A folder that nobody has locked belongs to nobody any more.
void remove_if_abandoned(const std::filesystem::path& folder) {
    const auto lock = open_folder(folder);
    std::error_code ignored;
    if (lock.is_open() && ::flock(lock.number(), LOCK_EX | LOCK_NB) == 0)
        std::filesystem::remove_all(folder, ignored);
}

void remove_abandoned(const std::filesystem::path& parent) {
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(parent, ignored))
        remove_if_abandoned(entry.path());
}

}  // namespace

Result<ScratchFolder> ScratchFolder::open(const std::filesystem::path& parent, const std::string& name) {
    if (::mkdir(parent.c_str(), S_IRWXU) != 0 && errno != EEXIST)
        return system_error(errno, parent.string());
    // Whoever holds the parent may take a folder without a lock for an abandoned one.
    const auto turn = open_folder(parent);
    if (!turn.is_open() || ::flock(turn.number(), LOCK_EX) != 0)
        return system_error(errno, parent.string());
    remove_abandoned(parent);
    auto path = parent / name;
    if (::mkdir(path.c_str(), S_IRWXU) != 0)
        return system_error(errno, path.string());
    auto lock = open_folder(path);
    if (!lock.is_open() || ::flock(lock.number(), LOCK_EX | LOCK_NB) != 0)
        return system_error(errno, path.string());
    return ScratchFolder(std::move(path), std::move(lock));
}

ScratchFolder::~ScratchFolder() {
    std::error_code ignored;
    if (lock_.is_open())
        std::filesystem::remove_all(path_, ignored);
}

}  // namespace posed::commands
