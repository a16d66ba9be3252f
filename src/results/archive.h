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

/// Limits of the format, so that a hostile file cannot make one read take any amount of memory.
inline constexpr std::size_t max_keypoints = 1000;
inline constexpr std::size_t max_people_in_frame = 1000;
inline constexpr std::int64_t max_vertices = 200'000;
inline constexpr std::int64_t max_faces = 400'000;

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

/// Writes an archive in constant memory: one nameless spool file per tensor beside the target, concatenated
/// by `finish`. The target appears in one step, complete and synced; until then a file that stood there
/// stays. An error, destruction before `finish` or the death of the process leaves nothing behind. One thread
/// at a time.
class ArchiveWriter {
  public:
    virtual ~ArchiveWriter() = default;

    /// The next frame with its people. A frame may show the time of the one before again, never an earlier
    /// one; tracks ascend. Errors: invalid_argument for what breaks these rules, a key point list without
    /// the skeleton's length or fields or vertices that are not those of `create_archive`, limit_exceeded for
    /// more than `max_people_in_frame` (after both the frame is as if never given); storage_full,
    /// input_output (after both every further call fails the same way).
    [[nodiscard]] virtual Result<> append(const FrameTime& time, std::span<const PersonFrame> people) = 0;

    /// Makes the target. The last call, whatever it returns. Errors: storage_full, input_output,
    /// permission_denied.
    [[nodiscard]] virtual Result<ArchiveCounts> finish(const LostFrames& lost) = 0;
};

/// `fields` are what each person-frame has of the estimator's own; with a mesh it has vertices, too. Errors:
/// invalid_argument for a header or fields that cannot be stored (with the reason) or a path at which
/// something else than a file stands; not_found, permission_denied for its folder.
[[nodiscard]] Result<std::unique_ptr<ArchiveWriter>> create_archive(const std::filesystem::path& path,
                                                                    const ArchiveHeader& header,
                                                                    std::vector<FieldShape> fields = {},
                                                                    std::optional<Mesh> mesh = {});

/// What is read of each person besides what every archive has.
struct PersonParts {
    bool fields = false;
    bool vertices = false;
};

/// One frame as read back.
struct ArchivedFrame {
    FrameTime time;
    std::vector<PersonFrame> people;
};

/// A tensor as the file names it: type as in safetensors (I64, I32, F32 ...).
struct TensorInfo {
    std::string name;
    std::string type;
    std::vector<std::int64_t> shape;

    friend bool operator==(const TensorInfo&, const TensorInfo&) = default;
};

/// The frames between which a track is seen, both included; it need not be seen in all of them.
struct TrackSpan {
    std::int32_t track_id = 0;
    std::int64_t first_frame = 0;
    std::int64_t last_frame = 0;
    std::int64_t person_frames = 0;

    friend bool operator==(const TrackSpan&, const TrackSpan&) = default;
};

/// Who is there.
struct Presence {
    std::int64_t frames_with_somebody = 0;
    std::vector<TrackSpan> tracks;  ///< by track

    friend bool operator==(const Presence&, const Presence&) = default;
};

/// Reads an archive by positioned reads: the header once, the frames' times and rows as asked for. Believes
/// nothing: every offset, shape, type and count is checked against the file and against each other, the order
/// of times, rows and tracks when it is opened. May be used by several threads.
class ArchiveReader {
  public:
    virtual ~ArchiveReader() = default;

    [[nodiscard]] virtual const ArchiveHeader& header() const noexcept = 0;
    [[nodiscard]] virtual const ArchiveCounts& counts() const noexcept = 0;

    /// In the order of the file, those that we do not know included.
    [[nodiscard]] virtual const std::vector<TensorInfo>& tensors() const noexcept = 0;

    /// The estimator's own fields, in the order of the file.
    [[nodiscard]] virtual const std::vector<FieldShape>& fields() const noexcept = 0;

    /// Nothing where no vertices are stored.
    [[nodiscard]] virtual const std::optional<Mesh>& mesh() const noexcept = 0;

    /// Reads the rows' tracks once, in constant memory but for the result. Errors: as `read`.
    [[nodiscard]] virtual Result<Presence> presence() = 0;

    /// Frames first .. first+count-1, one read per tensor. Memory goes with the people in these frames.
    /// Errors: invalid_argument outside 0..frames, corrupt_archive when the source changed, input_output.
    [[nodiscard]] virtual Result<std::vector<ArchivedFrame>> read(std::int64_t first, std::int64_t count,
                                                                  PersonParts parts = {}) = 0;
};

/// `source` must outlive the reader. Reads the header, the times and the tracks. Errors: corrupt_archive with
/// what is wrong and where, input_output.
[[nodiscard]] Result<std::unique_ptr<ArchiveReader>> open_archive(ByteSource& source);

}  // namespace posed::results
