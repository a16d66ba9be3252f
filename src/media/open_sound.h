#pragma once

#include <memory>

#include "base/byte_source.h"
#include "base/log.h"
#include "base/result.h"
#include "domain/video.h"
#include "media/sound.h"

namespace posed::media {

/// `Opener::open_sound` in this process.
[[nodiscard]] Result<std::unique_ptr<Sound>> open_sound(ByteSource& source, Microseconds start, Log& log);

}  // namespace posed::media
