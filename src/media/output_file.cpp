#include "media/output_file.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <new>
#include <random>
#include <string>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace posed::media {
namespace {

constexpr int buffer_bytes = 256 << 10;

AVIOContext* make_stream(void* self, int writable, int (*read)(void*, std::uint8_t*, int),
                         int (*write)(void*, std::uint8_t*, int),
                         std::int64_t (*seek)(void*, std::int64_t, int)) noexcept {
    auto* buffer = static_cast<std::uint8_t*>(av_malloc(buffer_bytes));
    if (buffer == nullptr)
        return nullptr;
    AVIOContext* stream = avio_alloc_context(buffer, buffer_bytes, writable, self, read, write, seek);
    if (stream == nullptr)
        av_free(buffer);
    return stream;
}

void free_stream(AVIOContext* stream) noexcept {
    if (stream == nullptr)
        return;
    av_freep(&stream->buffer);
    avio_context_free(&stream);
}

/// Short, so that it fits where the target's own name has the greatest length.
std::string hidden_name() {
    std::random_device random;
    char name[40];
    std::snprintf(name, sizeof name, ".posed-%08x%08x.part", random(), random());
    return name;
}

std::filesystem::path folder_of(const std::filesystem::path& target) {
    return target.has_parent_path() ? target.parent_path() : std::filesystem::path(".");
}

Result<> sync_folder(const std::filesystem::path& folder) {
    const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0)
        return system_error(errno, "opening the folder " + folder.string());
    const int error = ::fsync(descriptor) == 0 ? 0 : errno;
    ::close(descriptor);
    // Some file systems cannot sync a folder, and say so.
    if (error != 0 && error != EINVAL)
        return system_error(error, "syncing the folder " + folder.string());
    return {};
}

}  // namespace

OutputFile::OutputFile(std::filesystem::path target, std::filesystem::path temporary, int descriptor)
    : target_(std::move(target)),
      temporary_(std::move(temporary)),
      descriptor_(descriptor),
      stream_(make_stream(this, 1, nullptr, &write_bytes, &seek_bytes)) {}

Result<std::unique_ptr<OutputFile>> OutputFile::create(const std::filesystem::path& target) {
    std::error_code ignored;
    const auto status = std::filesystem::status(target, ignored);
    if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status))
        return fail(Code::invalid_argument, target.string() + " is not a file that can be replaced",
                    "Name a file");
    const auto temporary = folder_of(target) / hidden_name();
    const int descriptor = ::open(temporary.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (descriptor < 0)
        return system_error(errno, "making a file in " + folder_of(target).string());
    auto file = std::unique_ptr<OutputFile>(new OutputFile(target, temporary, descriptor));
    if (file->stream_ == nullptr)
        throw std::bad_alloc();
    return file;
}

OutputFile::~OutputFile() {
    free_stream(stream_);
    ::close(descriptor_);
    if (!committed_)
        ::unlink(temporary_.c_str());
}

void OutputFile::attach_to(AVFormatContext& muxer) noexcept {
    muxer.pb = stream_;
    muxer.flags |= AVFMT_FLAG_CUSTOM_IO;
    muxer.io_open = &open_for_reading;
    // The older io_close stays the default, which makes libavformat call this one.
    muxer.io_close2 = &close_reading;
}

Result<> OutputFile::check() const {
    if (error_ != 0)
        return system_error(error_, "writing " + target_.string());
    return {};
}

Result<> OutputFile::commit() {
    avio_flush(stream_);
    TRY(check());
    if (::fsync(descriptor_) != 0)
        return system_error(errno, "syncing " + target_.string());
    if (::rename(temporary_.c_str(), target_.c_str()) != 0)
        return system_error(errno, "naming " + target_.string());
    committed_ = true;
    return sync_folder(folder_of(target_));
}

int OutputFile::write_bytes(void* self, std::uint8_t* bytes, int size) noexcept {
    auto& file = *static_cast<OutputFile*>(self);
    int written = 0;
    while (written < size && file.error_ == 0) {
        const auto now = ::pwrite(file.descriptor_, bytes + written, static_cast<std::size_t>(size - written),
                                  file.write_position_);
        if (now < 0 && errno == EINTR)
            continue;
        if (now < 0) {
            file.error_ = errno;
            break;
        }
        written += static_cast<int>(now);
        file.write_position_ += now;
        file.size_ = std::max(file.size_, file.write_position_);
    }
    return file.error_ == 0 ? size : AVERROR(file.error_);
}

int OutputFile::read_bytes(void* self, std::uint8_t* bytes, int size) noexcept {
    auto& file = *static_cast<OutputFile*>(self);
    ssize_t got = 0;
    do
        got = ::pread(file.descriptor_, bytes, static_cast<std::size_t>(size), file.read_position_);
    while (got < 0 && errno == EINTR);
    if (got < 0) {
        file.error_ = errno;
        return AVERROR(file.error_);
    }
    file.read_position_ += got;
    return got > 0 ? static_cast<int>(got) : AVERROR_EOF;
}

std::int64_t OutputFile::seek(std::int64_t& position, std::int64_t offset, int whence) const noexcept {
    std::int64_t place = offset;
    switch (whence & ~AVSEEK_FORCE) {
        case AVSEEK_SIZE:
            return size_;
        case SEEK_SET:
            break;
        case SEEK_CUR:
            place += position;
            break;
        case SEEK_END:
            place += size_;
            break;
        default:
            return AVERROR(EINVAL);
    }
    if (place < 0)
        return AVERROR(EINVAL);
    return position = place;
}

std::int64_t OutputFile::seek_bytes(void* self, std::int64_t offset, int whence) noexcept {
    auto& file = *static_cast<OutputFile*>(self);
    return file.seek(file.write_position_, offset, whence);
}

std::int64_t OutputFile::seek_read(void* self, std::int64_t offset, int whence) noexcept {
    auto& file = *static_cast<OutputFile*>(self);
    return file.seek(file.read_position_, offset, whence);
}

int OutputFile::open_for_reading(AVFormatContext* muxer, AVIOContext** stream, const char*, int flags,
                                 AVDictionary**) noexcept {
    // The muxer reads its own file again to move it behind the index; it opens nothing else.
    if ((flags & AVIO_FLAG_WRITE) != 0)
        return AVERROR(EPERM);
    auto& file = *static_cast<OutputFile*>(muxer->pb->opaque);
    file.read_position_ = 0;
    *stream = make_stream(&file, 0, &read_bytes, nullptr, &seek_read);
    return *stream != nullptr ? 0 : AVERROR(ENOMEM);
}

int OutputFile::close_reading(AVFormatContext*, AVIOContext* stream) noexcept {
    free_stream(stream);
    return 0;
}

}  // namespace posed::media
