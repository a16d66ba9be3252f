#pragma once

#include <cstdint>
#include <iosfwd>
#include <memory>
#include <string>

#include "base/result.h"
#include "results/archive.h"

/// Archives as text, for people and for programs that read no safetensors. Poses are streamed: memory does
/// not depend on how many frames are asked for. Numbers are written with as few digits as identify them; one
/// that is none (NaN, infinite) is null in JSON and empty in CSV. Errors: those of the reader; input_output
/// when the stream takes no more.
namespace posed::results {

/// Frames first .. end-1.
struct FrameRange {
    std::int64_t first = 0;
    std::int64_t end = 0;
};

/// One JSON object, indented: what the archive is about and how much is in it.
[[nodiscard]] Result<> write_summary(std::ostream& stream, ArchiveReader& reader);

enum class PoseFormat {
    json,  ///< one document
    csv    ///< a line of names, then one line per key point of each person-frame
};

/// The poses of some frames, made piece by piece as they are asked for. One thread at a time.
class PoseText {
  public:
    virtual ~PoseText() = default;

    /// The next piece; empty at the end.
    [[nodiscard]] virtual Result<std::string> next() = 0;
};

/// `reader` must outlive the text. Error: invalid_argument for a range outside the archive.
[[nodiscard]] Result<std::unique_ptr<PoseText>> open_pose_text(ArchiveReader& reader, FrameRange range,
                                                               PoseFormat format);

/// The whole text at once. Error: invalid_argument for a range outside the archive, before anything is
/// written.
[[nodiscard]] Result<> write_poses(std::ostream& stream, ArchiveReader& reader, FrameRange range,
                                   PoseFormat format);

}  // namespace posed::results
