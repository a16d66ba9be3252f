#pragma once

#include <algorithm>
#include <cmath>

/// Three-dimensional arithmetic of the synthetic clip's renderer.
namespace posed::tests::synthetic {

/// Metres; world axes: x right in the picture, y up, z towards the camera.
struct Vector {
    float x = 0;
    float y = 0;
    float z = 0;

    friend Vector operator+(Vector a, Vector b) noexcept { return {a.x + b.x, a.y + b.y, a.z + b.z}; }
    friend Vector operator-(Vector a, Vector b) noexcept { return {a.x - b.x, a.y - b.y, a.z - b.z}; }
    friend Vector operator*(Vector a, float s) noexcept { return {a.x * s, a.y * s, a.z * s}; }
    friend Vector operator*(Vector a, Vector b) noexcept { return {a.x * b.x, a.y * b.y, a.z * b.z}; }
};

inline float dot(Vector a, Vector b) noexcept {
    return a.x * b.x + a.y * b.y + a.z * b.z;
}
inline float length(Vector a) noexcept {
    return std::sqrt(dot(a, a));
}
inline Vector normalized(Vector a) noexcept {
    return a * (1 / std::max(length(a), 1e-9F));
}
inline Vector cross(Vector a, Vector b) noexcept {
    return {a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
}
inline Vector mixed(Vector a, Vector b, float share) noexcept {
    return a + (b - a) * share;
}

/// Turns about the vertical axis; positive from z to x (to the picture's right).
inline Vector turned(Vector a, float angle) noexcept {
    const float c = std::cos(angle);
    const float s = std::sin(angle);
    return {c * a.x + s * a.z, a.y, -s * a.x + c * a.z};
}

/// 0 below `low`, 1 above `high`, smooth between.
inline float smooth_step(float low, float high, float value) noexcept {
    const float t = std::clamp((value - low) / (high - low), 0.0F, 1.0F);
    return t * t * (3 - 2 * t);
}

/// A number in 0..1 that looks random, the same for the same three.
inline float noise(int x, int y, int seed) noexcept {
    auto hash = static_cast<unsigned>(x) * 374761393U + static_cast<unsigned>(y) * 668265263U +
                static_cast<unsigned>(seed) * 2246822519U;
    hash = (hash ^ (hash >> 13)) * 1274126177U;
    return static_cast<float>((hash ^ (hash >> 16)) & 0xffffU) / 65535.0F;
}

}  // namespace posed::tests::synthetic
