#pragma once

#include "base/byte_source.h"
#include "base/result.h"

namespace posed::media {

/// Refuses MP4 and QuickTime files whose index claims more samples than the file can hold, before FFmpeg
/// makes room for all of them: a few bytes ("so many samples, all of the usual size") could ask for
/// gigabytes. Walks the boxes of the index, not the pictures. Errors: corrupt_media with the claimed number;
/// the source's own.
[[nodiscard]] Result<> check_mp4_index(ByteSource& source);

}  // namespace posed::media
