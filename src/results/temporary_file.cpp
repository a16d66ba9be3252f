#include "results/temporary_file.h"

#include <array>
#include <cerrno>
#include <cstdio>
#include <optional>
#include <random>
#include <string>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/descriptor.h"

namespace posed::results {
namespace {

constexpr std::size_t buffer_size = 1 << 16;
constexpr int attempts_at_a_name = 100;
constexpr mode_t mode = 0666;  // less the umask, as for any file that a program makes

Error failure_at(const std::filesystem::path& target, int error_number) {
    auto error = system_error(error_number, target.string());
    if (error.code == Code::storage_full)
        error.suggestion =
            "free space in " + folder_of(target).string() + ": one and a half times the archive's size";
    return error;
}

std::filesystem::path hidden_name_in(const std::filesystem::path& folder) {
    std::random_device random;
    std::array<char, 32> name{};
    std::snprintf(name.data(), name.size(), ".posed-%08x%08x", random(), random());
    return folder / name.data();
}

Result<> sync_folder_of(const std::filesystem::path& target) {
    const Descriptor folder(::open(folder_of(target).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    // Some file systems cannot sync a folder and say so by EINVAL.
    if (folder.number() < 0 || (::fsync(folder.number()) != 0 && errno != EINVAL))
        return failure_at(target, errno);
    return {};
}

class File final : public TemporaryFile {
  public:
    /// `name` is empty for a nameless file.
    File(Descriptor descriptor, std::filesystem::path name, std::filesystem::path target)
        : descriptor_(std::move(descriptor)), name_(std::move(name)), target_(std::move(target)) {}
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    ~File() override { remove_name(); }

    void remove_name() noexcept {
        if (!name_.empty())
            ::unlink(name_.c_str());
        name_.clear();
    }

    Result<> append(std::span<const std::byte> bytes) override {
        while (!bytes.empty()) {
            const auto written = ::write(descriptor_.number(), bytes.data(), bytes.size());
            if (written < 0 && errno == EINTR)
                continue;
            if (written < 0)
                return failure_at(target_, errno);
            bytes = bytes.subspan(static_cast<std::size_t>(written));
        }
        return {};
    }

    Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> buffer) override {
        while (true) {
            const auto got =
                ::pread(descriptor_.number(), buffer.data(), buffer.size(), static_cast<off_t>(offset));
            if (got >= 0)
                return static_cast<std::size_t>(got);
            if (errno != EINTR)
                return failure_at(target_, errno);
        }
    }

    Result<> publish(const std::filesystem::path& target) override {
        if (::fsync(descriptor_.number()) != 0)
            return failure_at(target, errno);
        if (name_.empty() && link_as(target))
            return sync_folder_of(target);
        TRY(take_hidden_name());
        if (::rename(name_.c_str(), target.c_str()) != 0)
            return failure_at(target, errno);
        name_.clear();
        return sync_folder_of(target);
    }

  private:
    /// A name for the nameless; never replaces a file.
    bool link_as(const std::filesystem::path& name) noexcept {
        const auto nameless = "/proc/self/fd/" + std::to_string(descriptor_.number());
        return ::linkat(AT_FDCWD, nameless.c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW) == 0;
    }

    Result<> take_hidden_name() {
        for (int i = 0; name_.empty() && i < attempts_at_a_name; ++i) {
            auto name = hidden_name_in(folder_of(target_));
            if (link_as(name))
                name_ = std::move(name);
            else if (errno != EEXIST)
                break;
        }
        if (name_.empty())
            return failure_at(target_, errno);
        return {};
    }

    Descriptor descriptor_;
    std::filesystem::path name_;
    std::filesystem::path target_;
};

/// Whether a nameless file could get its name: that goes by /proc.
bool nameless_can_be_named() noexcept {
    return ::access("/proc/self/fd", X_OK) == 0;
}

Result<std::unique_ptr<TemporaryFile>> open_for(const std::filesystem::path& target, HiddenName name) {
    if (nameless_can_be_named()) {
        Descriptor nameless(::open(folder_of(target).c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, mode));
        if (nameless.number() >= 0)
            return std::make_unique<File>(std::move(nameless), std::filesystem::path(), target);
        // EISDIR: a kernel that does not know the flag.
        if (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL)
            return failure_at(target, errno);
    }
    return open_hidden(target, name);
}

}  // namespace

std::filesystem::path folder_of(const std::filesystem::path& path) {
    return path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
}

Result<std::unique_ptr<TemporaryFile>> open_hidden(const std::filesystem::path& target, HiddenName name) {
    for (int i = 0; i < attempts_at_a_name; ++i) {
        auto path = hidden_name_in(folder_of(target));
        Descriptor descriptor(::open(path.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, mode));
        if (descriptor.number() >= 0) {
            auto file = std::make_unique<File>(std::move(descriptor), std::move(path), target);
            if (name == HiddenName::remove)
                file->remove_name();
            return file;
        }
        if (errno != EEXIST)
            break;
    }
    return failure_at(target, errno);
}

Result<std::unique_ptr<TemporaryFile>> open_temporary(const std::filesystem::path& target) {
    return open_for(target, HiddenName::keep);
}

Result<Spool> Spool::open(const std::filesystem::path& target) {
    return Spool(TRY(open_for(target, HiddenName::remove)));
}

Spool::Spool(std::unique_ptr<TemporaryFile> file) : file_(std::move(file)) {
    buffer_.reserve(buffer_size);
}

Result<> Spool::append(std::span<const std::byte> bytes) {
    if (buffer_.size() + bytes.size() > buffer_size) {
        TRY(file_->append(buffer_));
        buffer_.clear();
    }
    if (bytes.size() >= buffer_size)
        return file_->append(bytes);
    buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
    return {};
}

Result<> Spool::move_to(TemporaryFile& file) && {
    TRY(file_->append(buffer_));
    buffer_.resize(buffer_size);
    for (std::uint64_t offset = 0;;) {
        const auto got = TRY(file_->read_at(offset, buffer_));
        if (got == 0)
            break;
        TRY(file.append(std::span(buffer_).first(got)));
        offset += got;
    }
    file_.reset();
    return {};
}

}  // namespace posed::results
