#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>

#include "base/byte_source.h"
#include "base/log.h"
#include "base/result.h"
#include "domain/video.h"
#include "media/frame_memory.h"

namespace posed::media {

/// A frame of the selection. Shown `repeats` times in a row (1 without a rate; 0 never occurs).
struct DecodedFrame {
    Frame frame;
    std::int64_t pts = 0;      ///< in the stream's ticks (`VideoInfo::time_base`)
    Microseconds time{0};      ///< from the first shown frame of the file
    std::int64_t repeats = 1;  ///< how many outputs of the selection show this frame
};

struct DecodeOptions {
    Selection selection;
    MediaLimits limits;
    int threads = 1;
    std::stop_token stop = {};  ///< asked before each frame, and while a sandboxed decoder is waited for
    /// Where pictures shall lie that are shown as they are decoded, if there is room.
    std::shared_ptr<FrameMemory> memory = nullptr;
};

/// Yields the frames of a selection in the order of presentation, 8 bit planar, as they were coded
/// (`FrameView` says how to see them upright). HDR is tone-mapped to BT.709, more than 8 bits are rounded
/// with dither, interlaced frames are deinterlaced. Pulled by one thread at a time; frames stay valid after
/// the decoder is gone.
class Decoder {
  public:
    virtual ~Decoder() = default;

    [[nodiscard]] virtual const VideoInfo& video() const noexcept = 0;

    /// The next frame; nothing at the end. Damaged frames are skipped and counted, never returned.
    /// Errors: corrupt_media when nothing of the window decodes, limit_exceeded, empty_window when the video
    /// is fine but the window holds no frame (or no output of the wanted rate), unsupported_media when the
    /// picture changes its size or format, cancelled when told to stop.
    [[nodiscard]] virtual Result<std::optional<DecodedFrame>> next() = 0;

    /// What was lost so far within the window; final once `next` has returned nothing.
    [[nodiscard]] virtual LostFrames lost_frames() const = 0;
};

/// Opens the file and decodes its first shown frame, whose word `video()` then gives (headers may lie).
/// `source` and `log` must outlive the decoder. Errors: those of `probe`, invalid_argument for the selection,
/// corrupt_media when nothing at all decodes.
[[nodiscard]] Result<std::unique_ptr<Decoder>> open_decoder(ByteSource& source, const DecodeOptions& options,
                                                            Log& log);

}  // namespace posed::media
