#include "base/byte_source.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/descriptor.h"

namespace posed {
namespace {

class File final : public ByteSource {
  public:
    File(Descriptor descriptor, std::uint64_t size) noexcept
        : descriptor_(std::move(descriptor)), size_(size) {}

    std::uint64_t size() const noexcept override { return size_; }

    Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> buffer) override {
        std::size_t done = 0;
        while (done < buffer.size()) {
            const auto got = ::pread(descriptor_.number(), buffer.data() + done, buffer.size() - done,
                                     static_cast<off_t>(offset + done));
            if (got < 0 && errno == EINTR)
                continue;
            if (got < 0)
                return system_error(errno, "reading the input");
            if (got == 0)
                break;
            done += static_cast<std::size_t>(got);
        }
        return done;
    }

  private:
    Descriptor descriptor_;
    std::uint64_t size_;
};

class Bytes final : public ByteSource {
  public:
    explicit Bytes(std::span<const std::byte> bytes) noexcept : bytes_(bytes) {}

    std::uint64_t size() const noexcept override { return bytes_.size(); }

    Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> buffer) override {
        if (buffer.empty() || offset >= bytes_.size())
            return std::size_t{0};
        const auto count = std::min(buffer.size(), bytes_.size() - static_cast<std::size_t>(offset));
        std::memcpy(buffer.data(), bytes_.data() + offset, count);
        return count;
    }

  private:
    std::span<const std::byte> bytes_;
};

}  // namespace

Result<std::unique_ptr<ByteSource>> open_file(const std::filesystem::path& path) {
    Descriptor descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!descriptor.is_open())
        return system_error(errno, path.string());
    struct stat status {};
    if (::fstat(descriptor.number(), &status) != 0)
        return system_error(errno, path.string());
    if (!S_ISREG(status.st_mode))
        return fail(Code::invalid_argument, path.string() + " is not a regular file");
    return std::make_unique<File>(std::move(descriptor), static_cast<std::uint64_t>(status.st_size));
}

std::unique_ptr<ByteSource> view_bytes(std::span<const std::byte> bytes) {
    return std::make_unique<Bytes>(bytes);
}

Result<> read_exactly(ByteSource& source, std::uint64_t offset, std::span<std::byte> buffer, Code corrupt) {
    const auto got = TRY(source.read_at(offset, buffer));
    if (got != buffer.size())
        return fail(corrupt, "ends after " + std::to_string(offset + got) + " bytes, " +
                                 std::to_string(buffer.size() - got) + " short of what its index names");
    return {};
}

}  // namespace posed
