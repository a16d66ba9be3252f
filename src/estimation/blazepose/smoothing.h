#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "estimation/blazepose/landmarks.h"

namespace posed::estimation::blazepose {

/// The one-euro filter (Casiez, Roussel, Vogel, CHI 2012) over coordinates that are updated together: a low
/// pass whose cutoff rises with the speed, so that rest is steady and motion is not late. As in MediaPipe the
/// speed is taken between raw values.
class OneEuroFilter {
  public:
    struct Settings {
        double least_cutoff;      ///< hertz
        double beta;              ///< hertz per unit of scaled speed
        double speed_cutoff = 1;  ///< hertz, of the low pass on the speed
    };

    explicit OneEuroFilter(const Settings& settings) noexcept : settings_(settings) {}

    /// Filters in place. `scale` turns the values into the unit in which the speed is judged. A time that
    /// does not increase (the first must be above 0) leaves the values as they are.
    void apply(std::chrono::microseconds time, double scale, std::span<float> values);

    void reset() noexcept;

  private:
    struct State {
        float raw = 0;
        float filtered = 0;
        float speed = 0;
    };

    Settings settings_;
    std::chrono::microseconds last_time_{0};
    double rate_ = 30;  ///< per second; this until two times are known
    std::vector<State> states_;
};

/// y = 0.1 x + 0.9 y; the first value passes.
class LowPassFilter {
  public:
    void apply(std::span<float> values);

  private:
    std::vector<float> states_;
};

/// All filters of one person's track. Follows the original in what survives a frame without a pose: the
/// filters of metres and of visibility do, those of pixels do not.
class PoseSmoother {
  public:
    /// Without `smoothing` only the two points of the next region are filtered, as they always are.
    explicit PoseSmoother(bool smoothing) noexcept : smoothing_(smoothing) {}

    void apply(PoseLandmarks& pose, std::chrono::microseconds time);

    /// The frame showed no pose.
    void pose_lost() noexcept;

  private:
    bool smoothing_;
    OneEuroFilter image_{{.least_cutoff = 0.05, .beta = 80}};
    OneEuroFilter world_{{.least_cutoff = 0.1, .beta = 40}};
    OneEuroFilter region_{{.least_cutoff = 0.01, .beta = 10}};
    LowPassFilter visibility_;
};

}  // namespace posed::estimation::blazepose
