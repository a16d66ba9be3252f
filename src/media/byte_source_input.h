#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/byte_source.h"
#include "base/log.h"
#include "base/result.h"
#include "media/container.h"
#include "media/ffmpeg.h"

namespace posed::media {

/// Decoders (not formats) that may run on a stranger's bytes, as FFmpeg names them.
[[nodiscard]] const char* accepted_decoders() noexcept;

/// An open container, read through a `ByteSource` only: FFmpeg opens no file, URL or other protocol, and no
/// format but MP4/QuickTime and Matroska/WebM. Private to this folder. One thread at a time; `source` and
/// `log` must outlive it.
class ByteSourceInput {
  public:
    /// Opens the container and reads what its streams are. No picture of more than `max_pixels` is decoded on
    /// the way. Errors: unsupported_media (named what was found instead), corrupt_media, and what the source
    /// itself fails with.
    [[nodiscard]] static Result<std::unique_ptr<ByteSourceInput>> open(ByteSource& source, Log& log,
                                                                       std::int64_t max_pixels);

    ByteSourceInput(const ByteSourceInput&) = delete;
    ByteSourceInput& operator=(const ByteSourceInput&) = delete;
    ~ByteSourceInput();

    [[nodiscard]] AVFormatContext& context() noexcept { return *context_; }
    [[nodiscard]] const AVFormatContext& context() const noexcept { return *context_; }

    /// Of the whole file, in bytes.
    [[nodiscard]] std::uint64_t size() const noexcept { return source_->size(); }

    /// mp4, mov, webm or matroska.
    [[nodiscard]] const std::string& container() const noexcept { return container_; }

    /// Reads the next packet of any stream into `packet`; false at the end. Data that the container cannot
    /// read (a truncated file) are skipped and counted. Errors: only those of the source.
    [[nodiscard]] Result<bool> read(AVPacket& packet);

    /// How many reads since opening gave no packet because of damage.
    [[nodiscard]] std::int64_t unreadable() const noexcept { return unreadable_; }

    /// Whether the container's own lengths say that the file was longer.
    [[nodiscard]] Result<bool> is_cut_off() { return media::is_cut_off(*source_, container_); }

    /// Goes to the last key frame of the stream whose time in the container's index is at most `timestamp`
    /// (stream ticks; which of the two times of a frame an index holds depends on the container). False when
    /// there is none.
    [[nodiscard]] bool seek(int stream, std::int64_t timestamp);

  private:
    ByteSourceInput(ByteSource& source, Log& log) : source_(&source), log_(&log) {}

    [[nodiscard]] Result<> open_container();
    [[nodiscard]] Result<> read_streams(std::int64_t max_pixels);
    [[nodiscard]] Error why_not_opened(int error) const;

    static int read_bytes(void* self, std::uint8_t* buffer, int size);
    static std::int64_t seek_bytes(void* self, std::int64_t offset, int whence);

    ByteSource* source_;
    Log* log_;
    std::int64_t position_ = 0;
    std::optional<Error> source_error_;  ///< FFmpeg was told "end of file" in its place
    std::string container_;
    std::int64_t unreadable_ = 0;
    AVIOContext* bytes_ = nullptr;
    InputContextPointer context_;
};

}  // namespace posed::media
