#pragma once

#include <string>

#include "base/log.h"
#include "base/result.h"
#include "domain/frame.h"

namespace posed::media {

/// The frame upright as the bytes of a JPEG file, fitted into `box` and never enlarged. Errors:
/// unsupported_media for a frame that the scaler cannot turn.
[[nodiscard]] Result<std::string> jpeg_of(const FrameView& frame, Size box, Log& log);

}  // namespace posed::media
