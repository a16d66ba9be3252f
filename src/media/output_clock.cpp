#include "media/output_clock.h"

#include <algorithm>

namespace posed::media {
namespace {

__extension__ using Wide = __int128;

constexpr std::int64_t microseconds_per_second = 1'000'000;

Wide floor_divide(Wide numerator, Wide denominator) noexcept {
    const Wide quotient = numerator / denominator;
    return numerator % denominator < 0 ? quotient - 1 : quotient;
}

std::int64_t clamped(Wide value) noexcept {
    return static_cast<std::int64_t>(std::clamp<Wide>(value, INT64_MIN, INT64_MAX));
}

/// The first tick whose time, rounded to microseconds, is `time` or later.
std::int64_t tick_at(Wide time, Rational time_base, std::int64_t first_pts) noexcept {
    const Wide half_microseconds = 2 * time - 1;
    const Wide ticks = -floor_divide(-half_microseconds * time_base.denominator,
                                     Wide{2 * microseconds_per_second} * time_base.numerator);
    return clamped(ticks + first_pts);
}

}  // namespace

Result<OutputClock> OutputClock::make(const Selection& selection, Rational time_base,
                                      std::int64_t first_pts) {
    // Keeps every product below within 128 bits.
    constexpr std::int64_t largest_term = 1'000'000'000;
    const auto& [start, duration, rate] = selection;
    if (start.count() < 0)
        return fail(Code::invalid_argument,
                    "the window's start is " + std::to_string(start.count()) + " us; it must be 0 or more");
    if (duration && duration->count() <= 0)
        return fail(Code::invalid_argument, "the window's duration is " + std::to_string(duration->count()) +
                                                " us; it must be more than 0");
    if (rate && (rate->numerator <= 0 || rate->denominator <= 0 || rate->numerator > largest_term ||
                 rate->denominator > largest_term))
        return fail(Code::invalid_argument, "the frame rate is " + std::to_string(rate->numerator) + "/" +
                                                std::to_string(rate->denominator) +
                                                "; both numbers must be from 1 to 1000000000");
    if (time_base.numerator <= 0 || time_base.denominator <= 0)
        return fail(Code::corrupt_media, "the stream's time base is " + std::to_string(time_base.numerator) +
                                             "/" + std::to_string(time_base.denominator));
    OutputClock clock(selection, time_base, first_pts);
    clock.begin_ = tick_at(start.count(), time_base, first_pts);
    if (duration)
        clock.end_ = tick_at(Wide{start.count()} + duration->count(), time_base, first_pts);
    return clock;
}

std::int64_t OutputClock::output_at(std::int64_t pts) const noexcept {
    const Wide since_first = Wide{pts} - first_pts_;
    // In units of 1/(denominator * 10^6) seconds, so that nothing is rounded.
    const Wide since_start = since_first * time_base_.numerator * microseconds_per_second -
                             Wide{selection_.start.count()} * time_base_.denominator;
    const Wide unit = Wide{time_base_.denominator} * microseconds_per_second;
    // A frame that only rounding brings into the window begins its first output.
    const Wide counted = std::max<Wide>(since_start, 0) * selection_.rate->numerator;
    return clamped(floor_divide(counted, unit * selection_.rate->denominator));
}

std::optional<std::int64_t> OutputClock::most_outputs() const noexcept {
    if (!selection_.duration || !selection_.rate)
        return std::nullopt;
    const Wide doubled = Wide{selection_.duration->count()} * selection_.rate->numerator * 2;
    const Wide unit = Wide{microseconds_per_second} * selection_.rate->denominator;
    return clamped(floor_divide(doubled + unit, unit * 2));
}

Microseconds OutputClock::time_of(std::int64_t pts) const noexcept {
    const Wide doubled = (Wide{pts} - first_pts_) * time_base_.numerator * microseconds_per_second * 2;
    return Microseconds(
        clamped(floor_divide(doubled + time_base_.denominator, Wide{time_base_.denominator} * 2)));
}

}  // namespace posed::media
