#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "domain/video.h"
#include "media/sound.h"

/// What a decoding child and its parent say to each other. A child does one job, the first it is given:
/// probe, decoder or sound. All the while it may ask for bytes of the file and send lines for the log.
/// Private to this folder.
namespace posed::media::sandbox {

// From the child.

/// First word: the child has shut itself in.
struct Ready {
    std::vector<std::string> layers;
};
struct LogLine {
    Log::Level level = Log::Level::debug;
    std::string text;
};
/// Answered by `FileBytes` (fewer only at the end of the file) or `ReadFailed`.
struct ReadFile {
    std::uint64_t offset = 0;
    std::uint32_t length = 0;
};
/// The answer to `Probe` and to `OpenDecoder`.
struct VideoFound {
    VideoInfo video;
};
/// Where in its slot a plane begins, and how far apart its rows lie.
struct PlanePlace {
    std::uint64_t offset = 0;
    std::uint64_t stride = 0;
};
/// The slot holds a frame, and the child leaves it alone until it is told that the frame was let go.
struct FrameDecoded {
    std::uint32_t slot = 0;
    std::array<PlanePlace, 3> planes;
    std::int64_t pts = 0;
    Microseconds time{0};
    std::int64_t repeats = 1;
    int chroma_shift_x = 1;
    int chroma_shift_y = 1;
    ColourEncoding colour;
    Affine coded_from_displayed;
    LostFrames lost;
};
struct FramesEnded {
    LostFrames lost;
};
struct SoundFound {
    std::optional<SoundFormat> format;
};
struct SoundRead {
    std::vector<std::byte> bytes;
    std::int64_t pts = 0;
    std::int64_t duration = 0;
};
struct SoundEnded {};
/// The end of the job.
struct Failed {
    Error error;
    LostFrames lost;
};

using FromChild = std::variant<Ready, LogLine, ReadFile, VideoFound, FrameDecoded, FramesEnded, SoundFound,
                               SoundRead, SoundEnded, Failed>;

// To the child.

struct Probe {
    std::uint64_t file_bytes = 0;
    MediaLimits limits;
};
struct OpenDecoder {
    std::uint64_t file_bytes = 0;
    Selection selection;
    MediaLimits limits;
    int threads = 1;
};
/// After `VideoFound`: the shared memory now has its size.
struct UseRing {
    std::uint64_t slot_bytes = 0;
    std::uint32_t slots = 0;
};
/// Slots of the ring: those whose frames the parent has or is given, and those that the codec decodes into
/// and refers to.
inline constexpr std::uint32_t ring_slots = 40;
/// Frames that the parent keeps in their slots: what a story holds at a time (ahead, in each stage's hands).
inline constexpr int frames_kept_max = 12;
/// Frames that the child works ahead.
inline constexpr int frames_ahead = 2;
/// Decode the next frame. The frames of these slots (bit i: slot i) were let go.
struct DecodeNext {
    std::uint64_t let_go = 0;
};
struct OpenSound {
    std::uint64_t file_bytes = 0;
    Microseconds start{0};
};
struct ReadSound {};
struct FileBytes {
    std::vector<std::byte> bytes;
};
struct ReadFailed {
    Error error;
};

using ToChild =
    std::variant<Probe, OpenDecoder, UseRing, DecodeNext, OpenSound, ReadSound, FileBytes, ReadFailed>;

/// The longest message, without the four bytes of its length.
inline constexpr std::size_t message_bytes_max = 8U << 20U;
/// The most that one `ReadFile` may ask for.
inline constexpr std::size_t read_bytes_max = 1U << 20U;

/// With its length in front, as it is sent.
[[nodiscard]] std::vector<std::byte> encode(const FromChild& message);
[[nodiscard]] std::vector<std::byte> encode(const ToChild& message);

/// (foreign bytes) A message without its length; nothing when it is not exactly one.
[[nodiscard]] std::optional<FromChild> decode_from_child(std::span<const std::byte> bytes);
[[nodiscard]] std::optional<ToChild> decode_to_child(std::span<const std::byte> bytes);

}  // namespace posed::media::sandbox
