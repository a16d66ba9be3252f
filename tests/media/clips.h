#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "domain/video.h"
#include "media/opener.h"

/// Clips that tests make with the ffmpeg command, and what the decoder gives for them.
namespace posed::tests {

/// A frame that the decoder gave, its samples as a digest (rows of Y, then Cb, then Cr, without padding,
/// which is what `ffmpeg -f framehash` digests for planar formats).
struct ShownFrame {
    std::int64_t pts = 0;
    std::int64_t microseconds = 0;
    std::int64_t repeats = 1;
    std::string digest;

    friend bool operator==(const ShownFrame&, const ShownFrame&) = default;
};

struct Decoded {
    VideoInfo info;
    std::vector<ShownFrame> frames;
    LostFrames lost;
    std::optional<Error> error;
};

/// Everything that a selection of the file gives, until its end or an error.
[[nodiscard]] Decoded decode(const std::filesystem::path& path, const Selection& selection = {},
                             int threads = 1, media::Opener& opener = media::in_process());

/// The first frame. Throws when there is none.
[[nodiscard]] media::DecodedFrame first_frame(const std::filesystem::path& path);

[[nodiscard]] std::string digest_of(const FrameView& view);

/// Digests of all frames that `ffmpeg <arguments> -f framehash` writes.
[[nodiscard]] std::vector<std::string> ffmpeg_digests(const std::string& arguments);

/// The raw bytes that `ffmpeg <arguments> -f rawvideo` writes.
[[nodiscard]] std::string ffmpeg_raw(const std::string& arguments);

}  // namespace posed::tests
