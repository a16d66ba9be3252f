#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/byte_source.h"
#include "base/result.h"
#include "domain/pose.h"
#include "domain/recipe.h"
#include "domain/video.h"

/// The stored result of an estimation: a safetensors file, schema `posed.archive/1` (docs/archive.md). Rows
/// are person-frames ordered by frame, then track; each frame knows its rows.
namespace posed::results {

inline constexpr const char* archive_schema = "posed.archive/1";

/// Everything of the header that is known before the first frame. No dates and no timings: equal runs give
/// equal bytes.
struct ArchiveHeader {
    Recipe recipe;
    std::string engine_version;
    Size displayed;  ///< of the source; key points are in its pixels
    Size coded;
    int rotation = 0;
    Rational time_base;  ///< seconds per tick of `frame_pts`
    Skeleton skeleton;
    std::string keypoints_3d_origin;
    std::string confidence_definition;

    friend bool operator==(const ArchiveHeader&, const ArchiveHeader&) = default;
};

/// What is known once the last frame is written.
struct ArchiveCounts {
    std::int64_t frames = 0;         ///< T
    std::int64_t person_frames = 0;  ///< N
    LostFrames lost;

    friend bool operator==(const ArchiveCounts&, const ArchiveCounts&) = default;
};

/// When a frame is shown in the source.
struct FrameTime {
    std::int64_t pts = 0;  ///< ticks of the stream
    Microseconds time{0};  ///< from the first shown frame

    friend bool operator==(const FrameTime&, const FrameTime&) = default;
};

/// Writes an archive in constant memory: one spool file per tensor beside the target, concatenated by
/// `finish`. The target appears by rename only, complete and synced; an error or destruction before `finish`
/// removes every spool file. One thread at a time.
class ArchiveWriter {
  public:
    virtual ~ArchiveWriter() = default;

    /// The next frame with its people, ordered by track. Errors: storage_full, input_output, invalid_argument
    /// when a key point list has not the skeleton's length.
    [[nodiscard]] virtual Result<> append(const FrameTime& time, std::span<const PersonFrame> people) = 0;

    [[nodiscard]] virtual Result<ArchiveCounts> finish(const LostFrames& lost) = 0;
};

[[nodiscard]] Result<std::unique_ptr<ArchiveWriter>> create_archive(const std::filesystem::path& path,
                                                                    const ArchiveHeader& header);

/// One frame as read back.
struct ArchivedFrame {
    FrameTime time;
    std::vector<PersonFrame> people;
};

/// Reads an archive by positioned reads: the header once, the frames' times and rows as asked for. Believes
/// nothing: every offset, shape, type and count is checked against the file and against each other. May be
/// used by several threads.
class ArchiveReader {
  public:
    virtual ~ArchiveReader() = default;

    [[nodiscard]] virtual const ArchiveHeader& header() const noexcept = 0;
    [[nodiscard]] virtual const ArchiveCounts& counts() const noexcept = 0;

    /// Frames first .. first+count-1, one read per tensor. Errors: invalid_argument outside 0..frames,
    /// corrupt_archive, input_output.
    [[nodiscard]] virtual Result<std::vector<ArchivedFrame>> read(std::int64_t first, std::int64_t count) = 0;
};

/// `source` must outlive the reader. Error: corrupt_archive with what is wrong and where.
[[nodiscard]] Result<std::unique_ptr<ArchiveReader>> open_archive(ByteSource& source);

}  // namespace posed::results
