#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>

#include "base/result.h"
#include "media/ffmpeg.h"

namespace posed::media {

/// A file in the making, which a muxer writes through `AVIOContext` and, for an index at the start, reads
/// back. It stands under a hidden name beside its target and gets the target's name only by `commit`; without
/// it nothing is left. The system's errors are kept, because libavformat drops some of them. One thread at a
/// time.
class OutputFile {
  public:
    /// Errors: those of the system, and invalid_argument where the target is something other than a file.
    [[nodiscard]] static Result<std::unique_ptr<OutputFile>> create(const std::filesystem::path& target);

    OutputFile(const OutputFile&) = delete;
    OutputFile& operator=(const OutputFile&) = delete;
    ~OutputFile();

    /// Makes `muxer` write here. It must not outlive this object.
    void attach_to(AVFormatContext& muxer) noexcept;

    /// The first error of a read or write, if there was one.
    [[nodiscard]] Result<> check() const;

    /// Writes what is buffered, syncs the file, gives it its name and syncs the folder.
    [[nodiscard]] Result<> commit();

  private:
    OutputFile(std::filesystem::path target, std::filesystem::path temporary, int descriptor);

    static int write_bytes(void* self, std::uint8_t* bytes, int size) noexcept;
    static std::int64_t seek_bytes(void* self, std::int64_t offset, int whence) noexcept;
    static int read_bytes(void* self, std::uint8_t* bytes, int size) noexcept;
    static std::int64_t seek_read(void* self, std::int64_t offset, int whence) noexcept;
    static int open_for_reading(AVFormatContext* muxer, AVIOContext** stream, const char* url, int flags,
                                AVDictionary** options) noexcept;
    static int close_reading(AVFormatContext* muxer, AVIOContext* stream) noexcept;

    [[nodiscard]] std::int64_t seek(std::int64_t& position, std::int64_t offset, int whence) const noexcept;

    std::filesystem::path target_;
    std::filesystem::path temporary_;
    int descriptor_;
    bool committed_ = false;
    int error_ = 0;  ///< errno of the first failure
    std::int64_t write_position_ = 0;
    std::int64_t read_position_ = 0;
    std::int64_t size_ = 0;
    AVIOContext* stream_ = nullptr;
};

}  // namespace posed::media
