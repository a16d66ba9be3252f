#pragma once

#include <cstdint>
#include <optional>

#include "base/result.h"
#include "domain/video.h"

namespace posed::media {

/// Which frames of a file a selection wants and which of its outputs they begin, in exact arithmetic. A
/// value.
///
/// Times of frames are in stream ticks. A frame is in the window when its time in whole microseconds (as
/// archives state it) is. Outputs follow FFmpeg's `fps=F:round=down`, exactly: with t counted from the
/// window's start, a frame is the newest from output floor(t F) on.
class OutputClock {
  public:
    /// Errors: invalid_argument for a negative start, or a duration or rate that is not positive.
    [[nodiscard]] static Result<OutputClock> make(const Selection& selection, Rational time_base,
                                                  std::int64_t first_pts);

    /// The first tick within the window, and the first after it (the largest integer when it has no end).
    [[nodiscard]] std::int64_t begin() const noexcept { return begin_; }
    [[nodiscard]] std::int64_t end() const noexcept { return end_; }

    [[nodiscard]] bool has_rate() const noexcept { return selection_.rate.has_value(); }

    /// floor(t F). Needs a rate.
    [[nodiscard]] std::int64_t output_at(std::int64_t pts) const noexcept;

    /// round(D F), the most outputs of a window; nothing without a duration.
    [[nodiscard]] std::optional<std::int64_t> most_outputs() const noexcept;

    /// Time since the file's first shown frame.
    [[nodiscard]] Microseconds time_of(std::int64_t pts) const noexcept;

  private:
    OutputClock(const Selection& selection, Rational time_base, std::int64_t first_pts) noexcept
        : selection_(selection), time_base_(time_base), first_pts_(first_pts) {}

    Selection selection_;
    Rational time_base_;
    std::int64_t first_pts_;
    std::int64_t begin_ = 0;
    std::int64_t end_ = INT64_MAX;
};

}  // namespace posed::media
