#include "database/data_directory.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/vfs.h>
#include <unistd.h>

namespace posed::database {
namespace {

struct FileSystem {
    std::int64_t type;
    std::string_view name;
};

/// From statfs(2) and linux/magic.h. FUSE is among them because nothing tells what is behind it.
constexpr auto network_file_systems = std::to_array<FileSystem>({{0x6969, "NFS"},
                                                                 {0x517b, "SMB"},
                                                                 {0xff534d42, "CIFS"},
                                                                 {0xfe534d42, "SMB2"},
                                                                 {0x65735546, "FUSE"},
                                                                 {0x01021997, "9P"},
                                                                 {0x5346414f, "AFS"},
                                                                 {0x6b414653, "AFS"},
                                                                 {0x00c36400, "Ceph"},
                                                                 {0x73757245, "Coda"},
                                                                 {0x564c, "NCP"},
                                                                 {0x01161970, "GFS2"},
                                                                 {0x7461636f, "OCFS2"},
                                                                 {0x0bd00bd0, "Lustre"},
                                                                 {0x47504653, "GPFS"},
                                                                 {0x20030528, "OrangeFS"},
                                                                 {0x786f4256, "VirtualBox"}});

std::string owner_in(int descriptor) {
    std::array<char, 32> text{};
    const auto length = ::pread(descriptor, text.data(), text.size(), 0);
    const std::string_view owner(text.data(), static_cast<std::size_t>(std::max<ssize_t>(length, 0)));
    return owner.empty() ? "another process" : "process " + std::string(owner.substr(0, owner.find('\n')));
}

Result<> write_own_id(int descriptor, const std::string& file) {
    const auto text = std::to_string(::getpid()) + "\n";
    if (::ftruncate(descriptor, 0) != 0 ||
        ::pwrite(descriptor, text.data(), text.size(), 0) != static_cast<ssize_t>(text.size()))
        return system_error(errno, file);
    return {};
}

}  // namespace

std::optional<std::string_view> network_file_system(std::int64_t type) noexcept {
    const auto* const found = std::ranges::find(network_file_systems, type, &FileSystem::type);
    if (found == network_file_systems.end())
        return std::nullopt;
    return found->name;
}

Result<> check_file_system(const std::filesystem::path& directory) {
    struct statfs status {};
    if (::statfs(directory.c_str(), &status) != 0)
        return system_error(errno, directory.string());
    // Some platforms sign the field, and so extend types with the highest bit set.
    if (const auto name = network_file_system(static_cast<std::uint32_t>(status.f_type)))
        return fail(Code::invalid_argument,
                    directory.string() + " is on a file system of the kind " + std::string(*name) +
                        ", whose locks do not protect a database",
                    "put the data folder on a disk of this machine, or use PostgreSQL");
    return {};
}

Result<DirectoryLock> lock_data_directory(const std::filesystem::path& directory) {
    TRY(check_file_system(directory));
    const auto file = directory / "posed.lock";
    Descriptor descriptor(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
    if (!descriptor.is_open())
        return system_error(errno, file.string());
    if (::flock(descriptor.number(), LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK)
            return system_error(errno, file.string());
        return fail(
            Code::conflict,
            "the data folder " + directory.string() + " is in use by " + owner_in(descriptor.number()),
            "stop that service first, or give this one a folder of its own (--data-dir)");
    }
    TRY(write_own_id(descriptor.number(), file.string()));
    return DirectoryLock(std::move(descriptor));
}

}  // namespace posed::database
