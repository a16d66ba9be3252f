#pragma once

#include "base/result.h"
#include "domain/video.h"
#include "media/byte_source_input.h"
#include "media/colour.h"
#include "media/orientation.h"

namespace posed::media {

/// The picture track of an open container and what it says about itself. Private to this folder; a value
/// whose `stream` belongs to the container.
struct VideoStream {
    AVStream* stream = nullptr;
    const AVCodec* decoder = nullptr;
    Orientation orientation;
    ColourTags tags;
    VideoInfo info;
};

/// The first video stream that is not a cover picture. Errors: no_video_stream, unsupported_media (a codec
/// that is not accepted), corrupt_media, limit_exceeded.
[[nodiscard]] Result<VideoStream> find_video_stream(ByteSourceInput& input, const MediaLimits& limits);

/// Puts the word of a decoded frame, which wins, in the place of the header's.
[[nodiscard]] Result<> correct_by_frame(VideoStream& video, const AVFrame& frame, const MediaLimits& limits);

/// A picture of this size, as an error when it is above the limit.
[[nodiscard]] Result<> check_pixels(Size size, const char* what, const MediaLimits& limits);

/// For messages: 640x360, and 1.250 s.
[[nodiscard]] std::string text_of(Size size);
[[nodiscard]] std::string text_of(Microseconds time);

}  // namespace posed::media
