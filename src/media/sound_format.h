#pragma once

#include "media/ffmpeg.h"
#include "media/sound.h"

/// `SoundFormat` to and from FFmpeg's words. Private to this folder.
namespace posed::media {

[[nodiscard]] SoundFormat sound_format_of(const AVCodecParameters& parameters);

/// A view of the packet, whose times are in samples.
[[nodiscard]] SoundPacket sound_packet_of(const AVPacket& packet) noexcept;

/// Errors: unsupported_media for a codec that FFmpeg does not know or that is none of sound.
[[nodiscard]] Result<> describe(const SoundFormat& format, AVCodecParameters& parameters);

}  // namespace posed::media
