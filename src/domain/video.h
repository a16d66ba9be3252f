#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "domain/frame.h"
#include "domain/geometry.h"

namespace posed {

using Microseconds = std::chrono::microseconds;

/// Which light the samples stand for. PQ and HLG are tone-mapped to BT.709 by the decoder.
enum class TransferFunction : std::uint8_t { sdr, pq, hlg };

/// What a container and its video stream say about themselves, before anything is decoded. Headers may lie:
/// whoever counts frames or time counts what was decoded.
struct VideoInfo {
    std::string container;     ///< short name: mp4, mov, webm, matroska
    std::string codec;         ///< FFmpeg's name: h264, hevc, vp9, av1 ...
    std::string pixel_format;  ///< FFmpeg's name: yuv420p, yuv420p10le ...
    Size coded;                ///< as stored
    Size displayed;            ///< upright, square pixels
    Rational pixel_aspect{1, 1};
    int rotation = 0;       ///< degrees clockwise to turn the coded picture upright: 0, 90, 180, 270
    bool mirrored = false;  ///< the display matrix also mirrors
    bool interlaced = false;
    std::optional<Microseconds> duration;  ///< of the stream, else of the container
    Rational frame_rate;                   ///< average; 0/1 when unknown
    std::optional<std::int64_t> frame_count;
    Rational time_base;  ///< seconds per tick of a frame's `pts`
    ColourEncoding colour;
    bool colour_tagged = false;  ///< false: matrix or range are the defaults, not the file's word
    TransferFunction transfer = TransferFunction::sdr;
    int bit_depth = 8;
    std::optional<std::string> audio_codec;
};

/// Which frames of a video are wanted.
///
/// With t counted from the first shown frame: those with start <= t < start + duration. With a rate F, output
/// n shows the last frame i with floor(t_i F) <= n, t_i counted from the window's start (FFmpeg's
/// `fps=F:round=down`). Without a rate every shown frame is an output.
struct Selection {
    Microseconds start{0};
    std::optional<Microseconds> duration;
    std::optional<Rational> rate;

    friend bool operator==(const Selection&, const Selection&) = default;
};

/// Frames that the file has but that could not be decoded (damage, truncation).
struct LostFrames {
    std::int64_t count = 0;
    std::string first_reason;  ///< empty when none was lost

    friend bool operator==(const LostFrames&, const LostFrames&) = default;
};

/// What a video may at most be. Counted on decoded frames, never on the header's word.
struct MediaLimits {
    std::int64_t max_pixels = 8192LL * 4320;
    std::int64_t max_frames = 10'000'000;
    Microseconds max_duration = std::chrono::hours(24);
};

}  // namespace posed
