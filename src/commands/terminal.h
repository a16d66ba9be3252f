#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>

#include "pipeline/run.h"

namespace posed::commands {

/// Whether standard error is a terminal that a person watches.
[[nodiscard]] bool watched_by_a_person();

/// "[=====     ]  50% 60/120" of what has a total; "60 frames" of what has none.
[[nodiscard]] std::string progress_bar(const pipeline::Progress& progress, std::string_view unit);

/// "1:05" until it is done at this rate; nothing where that is not known.
[[nodiscard]] std::string time_left(const pipeline::Progress& progress, double rate);

/// Shows how far a run is on standard error: a bar with frames, rate and time left on a terminal, else one
/// JSON object a line, at most one a second. One thread.
class ProgressDisplay {
  public:
    /// `activity` stands before the bar: "estimating".
    explicit ProgressDisplay(std::string activity);

    void show(const pipeline::Progress& progress);

    /// Ends the bar; says the last line of the run: text for a person, the object otherwise.
    void finish(std::string_view text, const boost::json::object& details);

  private:
    void draw_bar(const pipeline::Progress& progress, double rate);
    void write_line(const pipeline::Progress& progress, double rate) const;

    using Clock = std::chrono::steady_clock;
    std::string activity_;
    bool watched_;
    Clock::time_point begin_;
    Clock::time_point shown_;
    bool bar_drawn_ = false;
};

}  // namespace posed::commands
