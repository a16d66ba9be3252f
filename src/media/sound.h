#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"

namespace posed::media {

/// What a muxer must know about packets of sound.
struct SoundFormat {
    std::string codec;    ///< FFmpeg's name: aac, mp3, ac3, eac3, alac, flac, opus
    int sample_rate = 0;  ///< in Hz; packets are timed in such samples
    int channels = 0;
    std::uint64_t speakers = 0;  ///< FFmpeg's mask of the channels' places; 0 when unknown
    int sample_format = -1;      ///< FFmpeg's number
    std::int64_t bits_per_second = 0;
    int bits_per_coded_sample = 0;
    int bits_per_raw_sample = 0;
    int profile = 0;
    int level = 0;
    int samples_per_packet = 0;
    int block_bytes = 0;
    int initial_padding = 0;             ///< samples
    int trailing_padding = 0;            ///< samples
    int seek_preroll = 0;                ///< samples
    std::vector<std::byte> header = {};  ///< what a decoder needs before the first packet

    friend bool operator==(const SoundFormat&, const SoundFormat&) = default;
};

/// Times in samples from the start of the track.
struct SoundPacket {
    std::span<const std::byte> bytes;  ///< valid until the next call of `next`
    std::int64_t pts = 0;
    std::int64_t duration = 0;
};

/// The sound of a file as packets that MP4 can carry, in order, timed from a place in the file: packets
/// before it, which a decoder needs to get going, have negative times. Made one by one as they are asked for.
/// One thread at a time.
class Sound {
  public:
    virtual ~Sound() = default;

    [[nodiscard]] virtual const SoundFormat& format() const noexcept = 0;

    /// The next packet; nothing at the end. Errors: only those of the source. Damaged sound is left out.
    [[nodiscard]] virtual Result<std::optional<SoundPacket>> next() = 0;
};

}  // namespace posed::media
