#include "database/backup.h"

#include <cerrno>
#include <string>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "base/descriptor.h"
#include "database/dialect.h"
#include "database/session.h"

namespace posed::database {
namespace {

/// How long a backup waits for whoever holds the whole database, such as a recovery after a crash.
constexpr std::chrono::seconds lock_wait_max{30};

/// A file that is still being written; whatever stands under this name goes, before and after.
class PartialFile {
  public:
    explicit PartialFile(std::filesystem::path path) : path_(std::move(path)) { remove(); }
    PartialFile(const PartialFile&) = delete;
    PartialFile& operator=(const PartialFile&) = delete;
    ~PartialFile() { remove(); }

    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

  private:
    void remove() const noexcept { ::unlink(path_.c_str()); }

    std::filesystem::path path_;
};

Result<> sync(const std::filesystem::path& path) {
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file.is_open() || ::fsync(file.number()) != 0)
        return system_error(errno, path.string());
    return {};
}

}  // namespace

Result<> back_up_sqlite(const std::filesystem::path& file, const std::filesystem::path& target) {
    TRY(check_sqlite_file(file));
    if (::access(file.c_str(), F_OK) != 0)
        return system_error(errno, file.string());
    const PartialFile partial(target.string() + ".partial");
    const auto dialect = sqlite_dialect(file, lock_wait_max, system_clock());
    const auto session = TRY(Session::open(*dialect));
    session->execute("VACUUM INTO :target", {{"target", partial.path().string()}});
    TRY(sync(partial.path()));
    if (::rename(partial.path().c_str(), target.c_str()) != 0)
        return system_error(errno, target.string());
    return sync(target.has_parent_path() ? target.parent_path() : ".");
}

}  // namespace posed::database
