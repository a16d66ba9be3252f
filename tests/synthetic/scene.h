#pragma once

#include <cstdint>
#include <vector>

#include "domain/camera.h"
#include "domain/geometry.h"
#include "tests/synthetic/figure.h"

/// The picture of the figure in a room.
namespace posed::tests::synthetic {

inline constexpr Size picture_size{540, 720};

/// The camera in its own axes (x right, y down, z away), and where a place of the world is in them.
[[nodiscard]] Camera picture_camera() noexcept;
[[nodiscard]] Vector seen_from_camera(Vector place) noexcept;
[[nodiscard]] Point2 projected(Vector place) noexcept;

/// Draws the room once and the figure into copies of it, anti-aliased.
class Scene {
  public:
    Scene();

    /// R'G'B', three bytes a pixel, row after row.
    [[nodiscard]] std::vector<std::uint8_t> picture_of(const Stance& stance) const;

  private:
    std::vector<Vector> room_;    ///< linear light by pixel
    std::vector<Vector> ground_;  ///< the floor's place behind each pixel; y = 1 where there is none
};

}  // namespace posed::tests::synthetic
