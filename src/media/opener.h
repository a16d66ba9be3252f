#pragma once

#include <memory>

#include "base/byte_source.h"
#include "base/log.h"
#include "base/result.h"
#include "domain/video.h"
#include "media/decoder.h"
#include "media/sound.h"

namespace posed::media {

/// How a file that may be a stranger's is opened: in this process, or in a child that can do no harm
/// (media/sandbox). Both give the same results. Chosen where the program is put together; thread-safe.
/// Sources and logs must outlive what was opened on them.
class Opener {
  public:
    virtual ~Opener() = default;

    /// What the file says about its first video stream that is not a cover picture. Reads headers and, where
    /// those are silent, a few packets; decodes nothing. Errors: unsupported_media, corrupt_media,
    /// no_video_stream, limit_exceeded (the picture's size against `limits`).
    [[nodiscard]] virtual Result<VideoInfo> probe(ByteSource& source, const MediaLimits& limits,
                                                  Log& log) = 0;

    /// Opens the file and decodes its first shown frame, whose word `video()` then gives (headers may lie).
    /// Errors: those of `probe`, invalid_argument for the selection, corrupt_media when nothing at all
    /// decodes.
    [[nodiscard]] virtual Result<std::unique_ptr<Decoder>> open_decoder(ByteSource& source,
                                                                        const DecodeOptions& options,
                                                                        Log& log) = 0;

    /// The file's sound from `start` on, which is on the file's own clock, as its timestamps are written (pts
    /// x time base of the picture, not counted from the first shown frame). Copied where MP4 can carry its
    /// codec (AAC, MP3, AC-3, E-AC-3, ALAC, FLAC, Opus), else encoded to AAC. Null when there is none or,
    /// with a line in the log, none that can be decoded.
    [[nodiscard]] virtual Result<std::unique_ptr<Sound>> open_sound(ByteSource& source, Microseconds start,
                                                                    Log& log) = 0;
};

/// Opens in this process: for files that the caller may as well play on this machine.
[[nodiscard]] Opener& in_process() noexcept;

}  // namespace posed::media
