#pragma once

#include <memory>

#include "base/log.h"
#include "base/result.h"
#include "media/encoder.h"
#include "media/ffmpeg.h"

namespace posed::media {

/// The sound of a track as packets that MP4 can carry, in order, timed from the track's start: packets before
/// it, which a decoder needs to get going, have negative times. Made one by one as they are asked for.
/// Private to this folder; one thread at a time.
class Sound {
  public:
    virtual ~Sound() = default;

    /// What the muxer must know about the packets.
    virtual void describe(AVCodecParameters& parameters) const = 0;
    [[nodiscard]] virtual AVRational time_base() const noexcept = 0;

    /// The next packet; false at the end. Errors: only those of the source. Damaged sound is left out.
    [[nodiscard]] virtual Result<bool> next(AVPacket& packet) = 0;
};

/// Copied where MP4 can carry the codec, else encoded. Null, with a line in the log, when there is no sound
/// or none that can be decoded.
[[nodiscard]] Result<std::unique_ptr<Sound>> open_sound(const AudioTrack& track, Log& log);

}  // namespace posed::media
