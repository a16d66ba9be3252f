#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "base/byte_source.h"
#include "base/log.h"
#include "base/result.h"
#include "domain/frame.h"
#include "domain/video.h"

namespace posed::media {

enum class Preset { ultrafast, superfast, veryfast, faster, fast, medium, slow, slower, veryslow };

[[nodiscard]] const char* name_of(Preset preset) noexcept;
[[nodiscard]] std::optional<Preset> preset_named(std::string_view name) noexcept;

struct EncodeOptions {
    Size size;              ///< even
    ColourEncoding colour;  ///< limited range; written into the stream's tags
    Rational time_base;     ///< seconds per tick of the `pts` given to `write`
    Rational frame_rate;    ///< nominal; 0/1 when unknown
    int crf = 20;           ///< 0..51
    Preset preset = Preset::medium;
    int threads = 0;  ///< 0: x264's choice for the machine. Each number gives (slightly) other bytes
};

/// The sound that goes along: what `source` sounds like while the picture is shown. Copied where MP4 can
/// carry its codec (AAC, MP3, AC-3, E-AC-3, ALAC, FLAC, Opus), else encoded to AAC. A source without sound,
/// or with sound that cannot be decoded, gives a video without sound and a line in the log, not an error.
struct AudioTrack {
    ByteSource* source = nullptr;  ///< must outlive the encoder
    /// The place in `source` that is heard when the first picture is seen, on the source's own clock, as its
    /// timestamps are written (pts x time_base of the picture, not counted from the first shown frame).
    Microseconds start{0};
};

/// Writes an H.264 MP4 (yuv420p, index at the start). The file is `<path>` only after `finish()`; before
/// that, and after an error or destruction without `finish`, no file of that name is made or changed. One
/// thread at a time.
class Encoder {
  public:
    virtual ~Encoder() = default;

    /// Takes the picture, which may be drawn on again when this returns; `pts` must increase. The first
    /// frame's pts becomes the file's time 0 plus (pts - first frame's pts), i.e. true distances are kept.
    [[nodiscard]] virtual Result<> write(const Canvas& canvas, std::int64_t pts, std::int64_t duration) = 0;

    /// Flushes, writes the sound and the index, syncs and renames. Nothing may be called after it.
    [[nodiscard]] virtual Result<> finish() = 0;
};

[[nodiscard]] Result<std::unique_ptr<Encoder>> open_encoder(const std::filesystem::path& path,
                                                            const EncodeOptions& options,
                                                            const std::optional<AudioTrack>& audio, Log& log);

}  // namespace posed::media
