#pragma once

#include <cstdint>
#include <optional>

#include "domain/video.h"

namespace posed::pipeline {

/// How many outputs a selection should have by the headers' word: good for a progress bar, for nothing else.
[[nodiscard]] std::optional<std::int64_t> expected_frames(const VideoInfo& video, const Selection& selection);

}  // namespace posed::pipeline
