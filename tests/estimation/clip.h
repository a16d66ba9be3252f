#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "domain/frame.h"
#include "domain/pose.h"
#include "domain/video.h"
#include "estimation/estimator.h"

namespace posed::tests {

/// Calls `see` with every shown frame of a video, until it returns false. Throws when the video cannot be
/// read.
void for_each_frame(const std::filesystem::path& video,
                    const std::function<bool(const Frame& frame, Microseconds time)>& see);

[[nodiscard]] std::unique_ptr<estimation::Estimator> open_estimator(std::string_view name);

/// One person, or nobody, in one frame.
struct SeenFrame {
    Microseconds time{0};
    std::optional<PersonFrame> person;
};

/// The person in the next frame of a session.
[[nodiscard]] SeenFrame see_frame(estimation::Estimator& estimator, estimation::Session& session,
                                  const FrameView& frame, Microseconds time);

/// A whole video in one session with the default camera.
[[nodiscard]] std::vector<SeenFrame> estimate_video(estimation::Estimator& estimator,
                                                    const std::filesystem::path& video,
                                                    PersonSearch search = PersonSearch::tiles);

}  // namespace posed::tests
