#include "storage/filesystem_store.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "base/descriptor.h"
#include "storage/keys.h"
#include "storage/space_limit.h"

namespace posed::storage {
namespace {

constexpr mode_t owner_only_file = 0600, owner_only_folder = 0700;

/// The disk gets work while more bytes arrive, so that the sync at the end is short.
constexpr std::uint64_t writeback_step_bytes = 8 << 20;

Result<> write_all(int file, std::span<const std::byte> bytes, const std::string& name) {
    while (!bytes.empty()) {
        const auto written = ::write(file, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return system_error(errno, "writing " + name);
        bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
    return {};
}

Result<> sync(int file, const std::string& name) {
    if (::fsync(file) != 0)
        return system_error(errno, "syncing " + name);
    return {};
}

Result<> sync_folder(const std::filesystem::path& folder) {
    const Descriptor opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!opened.is_open())
        return system_error(errno, folder.string());
    return sync(opened.number(), folder.string());
}

class FileWriter final : public ObjectWriter {
  public:
    FileWriter(Descriptor file, std::filesystem::path path, std::string key, SpaceLimit& limit)
        : file_(std::move(file)), path_(std::move(path)), key_(std::move(key)), limit_(limit) {}
    FileWriter(const FileWriter&) = delete;
    FileWriter& operator=(const FileWriter&) = delete;
    ~FileWriter() override {
        if (!finished_ && !failure_)
            abandon();
    }

    Result<> write(std::span<const std::byte> bytes) override {
        return unless_failed([&] { return append(bytes); });
    }

    Result<std::uint64_t> finish() override {
        TRY(unless_failed([&]() -> Result<> {
            TRY(sync(file_.number(), key_));
            return sync_folder(path_.parent_path());
        }));
        finished_ = true;
        return bytes_;
    }

  private:
    template <class Step>
    Result<> unless_failed(Step step) {
        if (failure_)
            return *failure_;
        Result<> done = step();
        if (done.has_error()) {
            failure_ = done.error();
            abandon();
        }
        return done;
    }

    Result<> append(std::span<const std::byte> bytes) {
        TRY(limit_.take(bytes.size()));
        bytes_ += bytes.size();
        TRY(write_all(file_.number(), bytes, key_));
        if (bytes_ - handed_to_disk_ >= writeback_step_bytes) {
            // A hint only: what goes wrong on the disk is told by the sync at the end.
            (void)::sync_file_range(file_.number(), static_cast<off_t>(handed_to_disk_),
                                    static_cast<off_t>(bytes_ - handed_to_disk_), SYNC_FILE_RANGE_WRITE);
            handed_to_disk_ = bytes_;
        }
        return {};
    }

    void abandon() noexcept {
        ::unlink(path_.c_str());
        file_ = Descriptor();
        limit_.give_back(bytes_);
    }

    Descriptor file_;
    std::filesystem::path path_;
    std::string key_;
    SpaceLimit& limit_;
    std::uint64_t bytes_ = 0;
    std::uint64_t handed_to_disk_ = 0;
    bool finished_ = false;
    std::optional<Error> failure_;
};

class FilesystemStore final : public ObjectStore {
  public:
    FilesystemStore(FilesystemStoreOptions options, const Clock& clock)
        : folder_(std::move(options.folder)),
          limit_(
              options.max_bytes, [this] { return measure(); }, clock) {}

    Result<std::unique_ptr<ObjectWriter>> put(std::string_view key) override {
        auto path = TRY(path_of(key));
        TRY(limit_.take(0));
        Descriptor file(
            ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, owner_only_file));
        if (!file.is_open() && errno == EEXIST)
            return fail(Code::invalid_argument, std::string(key) + " is stored already");
        if (!file.is_open())
            return system_error(errno, path.string());
        return std::make_unique<FileWriter>(std::move(file), std::move(path), std::string(key), limit_);
    }

    Result<std::unique_ptr<ByteSource>> open(std::string_view key) override {
        return open_file(TRY(path_of(key)));
    }

    Result<std::uint64_t> size(std::string_view key) override {
        const auto path = TRY(path_of(key));
        struct stat status {};
        if (::stat(path.c_str(), &status) != 0)
            return system_error(errno, path.string());
        return static_cast<std::uint64_t>(status.st_size);
    }

    Result<> remove(std::string_view key) override {
        const auto path = TRY(path_of(key));
        struct stat status {};
        if (::lstat(path.c_str(), &status) == 0 && ::unlink(path.c_str()) == 0)
            limit_.give_back(static_cast<std::uint64_t>(status.st_size));
        else if (errno != ENOENT)
            return system_error(errno, path.string());
        // Also where nothing is: whoever removed it may have died before it synced.
        return sync_folder(path.parent_path());
    }

    Result<> list(const std::function<void(const ObjectInfo&)>& visit) override {
        for (const auto folder : key_folders)
            TRY(list_folder(folder, visit));
        return {};
    }

    Result<StoreUsage> usage() override {
        const auto used = TRY(measure());
        struct statvfs disk {};
        if (::statvfs(folder_.c_str(), &disk) != 0)
            return system_error(errno, folder_.string());
        const auto on_disk = static_cast<std::uint64_t>(disk.f_bavail) * disk.f_frsize;
        return StoreUsage{.used_bytes = used,
                          .free_bytes = std::min(on_disk, limit_.left(used).value_or(on_disk))};
    }

    std::optional<std::string> client_url(std::string_view, const ClientDownload&) override {
        return std::nullopt;
    }

    Result<> probe() override {
        auto path = (folder_ / ".probe-XXXXXX").string();
        const Descriptor file(::mkostemp(path.data(), O_CLOEXEC));
        if (!file.is_open())
            return system_error(errno, path);
        ::unlink(path.c_str());  // at once, so that a process that dies leaves nothing
        constexpr std::array written{std::byte{'o'}, std::byte{'k'}};
        TRY(write_all(file.number(), written, path));
        TRY(sync(file.number(), path));
        std::array<std::byte, written.size()> read{};
        if (::pread(file.number(), read.data(), read.size(), 0) != static_cast<ssize_t>(read.size()) ||
            read != written)
            return fail(Code::input_output, folder_.string() + " does not give back what was written");
        return {};
    }

  private:
    Result<std::filesystem::path> path_of(std::string_view key) const {
        TRY(check_key(key));
        return folder_ / key;
    }

    Result<> list_folder(std::string_view folder, const std::function<void(const ObjectInfo&)>& visit) const {
        std::error_code error;
        std::filesystem::directory_iterator entry(folder_ / folder, error);
        for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
            auto key = std::string(folder) + "/" + entry->path().filename().string();
            std::error_code gone;  // another process may remove what we list
            const auto bytes = entry->file_size(gone);
            if (!gone && !check_key(key).has_error())
                visit({std::move(key), bytes});
        }
        if (error)
            return system_error(error.value(), (folder_ / folder).string());
        return {};
    }

    Result<std::uint64_t> measure() const {
        std::uint64_t used = 0;
        for (const auto folder : key_folders)
            TRY(list_folder(folder, [&](const ObjectInfo& object) { used += object.bytes; }));
        return used;
    }

    std::filesystem::path folder_;
    SpaceLimit limit_;
};

/// Makes a folder, and those above it, so that they last.
Result<> make_folder(const std::filesystem::path& folder) {
    bool made = ::mkdir(folder.c_str(), owner_only_folder) == 0;
    if (!made && errno == ENOENT && folder.has_parent_path()) {
        TRY(make_folder(folder.parent_path()));
        made = ::mkdir(folder.c_str(), owner_only_folder) == 0;
    }
    if (made)
        return sync_folder(folder.has_parent_path() ? folder.parent_path() : ".");
    if (errno == EEXIST)
        return {};
    return system_error(errno, folder.string());
}

}  // namespace

Result<std::unique_ptr<ObjectStore>> open_filesystem_store(FilesystemStoreOptions options,
                                                           const Clock& clock) {
    TRY(make_folder(options.folder));
    for (const auto folder : key_folders)
        TRY(make_folder(options.folder / folder));
    TRY(sync_folder(options.folder));  // an earlier process may have died before it did
    return std::make_unique<FilesystemStore>(std::move(options), clock);
}

}  // namespace posed::storage
