#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "base/byte_source.h"
#include "base/result.h"
#include "domain/video.h"
#include "media/encoder.h"
#include "media/opener.h"
#include "pipeline/run.h"
#include "pipeline/stage.h"
#include "rendering/draw_people.h"

namespace posed::pipeline {

struct RenderOptions {
    std::string video_sha256;  ///< of the video's bytes where that is known; empty: it is computed
    rendering::Overlay overlay;
    int crf = 20;
    media::Preset preset = media::Preset::medium;
    int threads = 1;  ///< of the decoder and of the encoder, each
    MediaLimits limits;
};

/// Seconds of work by step; steps overlap, so they add up to more than `wall`.
struct RenderTimings {
    Seconds wall{0}, hash{0}, decode{0}, draw{0}, wait{0}, encode{0};
};

struct RenderReport {
    std::int64_t frames = 0;
    Size size;
    LostFrames lost;
    RenderTimings timings;
};

/// open -> decode -> draw -> encode, with the archive's own selection and frame size. Decoding, drawing and
/// encoding run side by side. `target` appears only when all is done; on an error, or when the run is stopped
/// (Code::cancelled), nothing is left. Errors: wrong_video when the archive was made from other bytes.
[[nodiscard]] Result<RenderReport> render_video(ByteSource& video, media::Opener& opener, ByteSource& archive,
                                                const RenderOptions& options,
                                                const std::filesystem::path& target, const Run& run);

}  // namespace posed::pipeline
