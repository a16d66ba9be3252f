#include "media/probe.h"

#include "media/video_stream.h"

namespace posed::media {

Result<VideoInfo> probe(ByteSource& source, const MediaLimits& limits, Log& log) {
    const auto input = TRY(ByteSourceInput::open(source, log, limits.max_pixels));
    return TRY(find_video_stream(*input, limits)).info;
}

}  // namespace posed::media
