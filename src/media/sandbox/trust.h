#pragma once

#include <string>

#include "base/result.h"
#include "domain/video.h"
#include "media/sandbox/messages.h"

/// What the parent believes of a child's answers, which may come from whoever wrote the video. A value that
/// passes may still be a lie, but nothing that is done with it leaves the bounds of memory or of the limits.
namespace posed::media::sandbox {

/// Why the answer cannot be true; empty when it can.
using Objection = std::string;

[[nodiscard]] Objection objection_to(const VideoInfo& video, const MediaLimits& limits);
[[nodiscard]] Objection objection_to(const FrameDecoded& frame, const VideoInfo& video, const UseRing& ring);
[[nodiscard]] Objection objection_to(const SoundFormat& format);

/// One line of printable characters, not too long.
[[nodiscard]] std::string harmless(const std::string& text);

/// The child's own failures: what it may blame the file for, in harmless words. Other codes become internal.
[[nodiscard]] Error believable(const Error& error);

[[nodiscard]] LostFrames believable(const LostFrames& lost);

}  // namespace posed::media::sandbox
