#include "pipeline/expected_frames.h"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace posed::pipeline {

std::optional<std::int64_t> expected_frames(const VideoInfo& video, const Selection& selection) {
    const bool whole = selection.start.count() == 0 && !selection.duration && !selection.rate;
    if (whole && video.frame_count)
        return video.frame_count;
    const auto rate = selection.rate.value_or(video.frame_rate);
    auto length = video.duration ? std::optional(std::max(Microseconds{0}, *video.duration - selection.start))
                                 : std::nullopt;
    if (selection.duration)
        length = length ? std::min(*length, *selection.duration) : *selection.duration;
    if (!length || rate.numerator <= 0)
        return std::nullopt;
    return std::llround(std::chrono::duration<double>(*length).count() * rate.value());
}

}  // namespace posed::pipeline
