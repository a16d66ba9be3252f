#include "estimation/blazepose/smoothing.h"

#include <array>
#include <cmath>
#include <numbers>

namespace posed::estimation::blazepose {
namespace {

/// Below this size in pixels a body has no scale, and the filters of pixels pass everything.
constexpr double least_body = 1e-6;

/// The weight of a new sample in a low pass of the given cutoff at the given rate.
float weight_of(double cutoff, double rate) {
    const double time_constant = 1 / (2 * std::numbers::pi * cutoff);
    return static_cast<float>(1 / (1 + time_constant * rate));
}

float blend(float weight, float fresh, float old) {
    return weight * fresh + (1 - weight) * old;
}

}  // namespace

void OneEuroFilter::apply(std::chrono::microseconds time, double scale, std::span<float> values) {
    if (time <= last_time_)
        return;
    if (last_time_.count() != 0)
        rate_ = 1e6 / static_cast<double>((time - last_time_).count());
    last_time_ = time;
    if (states_.empty()) {
        for (const float value : values)
            states_.push_back({.raw = value, .filtered = value, .speed = 0});
        return;
    }
    const float speed_weight = weight_of(settings_.speed_cutoff, rate_);
    for (std::size_t i = 0; i < values.size(); ++i) {
        State& state = states_[i];
        const double speed = (static_cast<double>(values[i]) - state.raw) * scale * rate_;
        state.speed = blend(speed_weight, static_cast<float>(speed), state.speed);
        const double cutoff = settings_.least_cutoff + settings_.beta * std::abs(state.speed);
        state.raw = values[i];
        state.filtered = blend(weight_of(cutoff, rate_), values[i], state.filtered);
        values[i] = state.filtered;
    }
}

void OneEuroFilter::reset() noexcept {
    last_time_ = std::chrono::microseconds{0};
    rate_ = 30;
    states_.clear();
}

void LowPassFilter::apply(std::span<float> values) {
    if (states_.empty()) {
        states_.assign(values.begin(), values.end());
        return;
    }
    for (std::size_t i = 0; i < values.size(); ++i)
        values[i] = states_[i] = blend(0.1F, values[i], states_[i]);
}

void PoseSmoother::apply(PoseLandmarks& pose, std::chrono::microseconds time) {
    auto& image = pose.image;
    const Landmark &hips = image[hip_center_landmark], &circle = image[circle_landmark];
    const double body = 2 * std::hypot(hips.x - circle.x, hips.y - circle.y);
    if (body >= least_body) {
        std::array<float, 4> region = {hips.x, hips.y, circle.x, circle.y};
        region_.apply(time, 1 / body, region);
        image[hip_center_landmark].x = region[0];
        image[hip_center_landmark].y = region[1];
        image[circle_landmark].x = region[2];
        image[circle_landmark].y = region[3];
    }
    if (!smoothing_)
        return;
    std::array<float, 3 * body_landmarks> pixels, metres;
    std::array<float, body_landmarks> visibility;
    for (std::size_t i = 0; i < body_landmarks; ++i) {
        pixels[3 * i] = image[i].x, pixels[3 * i + 1] = image[i].y, pixels[3 * i + 2] = image[i].z;
        metres[3 * i] = pose.world[i].x;
        metres[3 * i + 1] = pose.world[i].y;
        metres[3 * i + 2] = pose.world[i].z;
        visibility[i] = image[i].visibility;
    }
    if (body >= least_body)
        image_.apply(time, 1 / body, pixels);
    world_.apply(time, 1, metres);
    visibility_.apply(visibility);
    for (std::size_t i = 0; i < body_landmarks; ++i) {
        image[i].x = pixels[3 * i], image[i].y = pixels[3 * i + 1], image[i].z = pixels[3 * i + 2];
        pose.world[i] = {metres[3 * i], metres[3 * i + 1], metres[3 * i + 2]};
        image[i].visibility = visibility[i];
    }
}

void PoseSmoother::pose_lost() noexcept {
    image_.reset();
    region_.reset();
}

}  // namespace posed::estimation::blazepose
