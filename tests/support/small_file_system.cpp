#include "tests/support/small_file_system.h"

#include <stdexcept>
#include <string>

#include <sys/mount.h>

namespace posed::tests {

SmallFileSystem::SmallFileSystem(std::size_t bytes) {
    mounted_ =
        ::mount("tmpfs", folder_.path().c_str(), "tmpfs", 0, ("size=" + std::to_string(bytes)).c_str()) == 0;
}

SmallFileSystem::~SmallFileSystem() {
    if (mounted_)
        ::umount2(folder_.path().c_str(), MNT_DETACH);
}

void SmallFileSystem::make_read_only() const {
    if (::mount(nullptr, folder_.path().c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr) != 0)
        throw std::runtime_error("remounting " + folder_.path().string());
}

}  // namespace posed::tests
