#pragma once

#include "base/byte_source.h"
#include "base/log.h"
#include "base/result.h"
#include "domain/video.h"

namespace posed::media {

/// What the file says about its first video stream that is not a cover picture. Reads headers and, where
/// those are silent, a few packets; decodes nothing. Errors: unsupported_media, corrupt_media,
/// no_video_stream, limit_exceeded (the picture's size against `limits`).
[[nodiscard]] Result<VideoInfo> probe(ByteSource& source, const MediaLimits& limits, Log& log);

}  // namespace posed::media
