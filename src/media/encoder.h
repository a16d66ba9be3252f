#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string_view>

#include "base/log.h"
#include "base/result.h"
#include "domain/frame.h"
#include "media/sound.h"

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

/// `sound` is written along; null: none. `log` must outlive the encoder.
[[nodiscard]] Result<std::unique_ptr<Encoder>> open_encoder(const std::filesystem::path& path,
                                                            const EncodeOptions& options,
                                                            std::unique_ptr<Sound> sound, Log& log);

}  // namespace posed::media
