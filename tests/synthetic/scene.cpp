#include "tests/synthetic/scene.h"

#include <array>
#include <limits>
#include <optional>

namespace posed::tests::synthetic {
namespace {

constexpr Vector eye{0, 1.25F, 3.9F};
constexpr float pitch = 0.085F;  ///< the camera looks down a little
constexpr float wall_distance = -1.9F;
constexpr int tile = 8;
constexpr float blending = 0.022F;  ///< metres over which parts of the body melt into each other
constexpr Vector sun{-0.45F, 0.75F, 0.62F};

Vector ray_at(float x, float y) noexcept {
    const Camera camera = picture_camera();
    const float right = (x - static_cast<float>(camera.cx)) / static_cast<float>(camera.fx);
    const float down = (y - static_cast<float>(camera.cy)) / static_cast<float>(camera.fy);
    const float c = std::cos(pitch);
    const float s = std::sin(pitch);
    return normalized({right, -down * c - s, down * s - c});
}

/// Boards of wood, seen from above.
Vector floor_colour(Vector place) noexcept {
    const int board = static_cast<int>(std::floor(place.x / 0.14F + 1000));
    const float along = place.z + 0.7F * noise(board, 3, 1);
    const int piece = static_cast<int>(std::floor(along / 1.1F + 1000));
    const float tone = 0.85F + 0.3F * noise(board, piece, 2);
    const float grain = 0.94F + 0.12F * noise(static_cast<int>(std::floor(place.x * 260)), piece, 5);
    const float across = place.x / 0.14F - std::floor(place.x / 0.14F);
    const float gap = across < 0.03F ? 0.6F : 1.0F;
    return Vector{0.36F, 0.23F, 0.13F} * (tone * grain * gap);
}

/// A painted wall with a skirting board, a window's light and a picture.
Vector wall_colour(Vector place) noexcept {
    if (place.y < 0.11F)
        return place.y > 0.10F ? Vector{0.35F, 0.34F, 0.32F} : Vector{0.72F, 0.71F, 0.69F};
    const float light = 0.75F + 0.25F * smooth_step(2.0F, -1.5F, place.x + 0.3F * place.y);
    const float plaster = 0.985F + 0.03F * noise(static_cast<int>(std::floor(place.x * 90 + 9000)),
                                                 static_cast<int>(std::floor(place.y * 90)), 7);
    Vector colour = Vector{0.55F, 0.58F, 0.58F} * (light * plaster);
    const float x = std::abs(place.x + 1.05F);
    const float y = std::abs(place.y - 1.75F);
    if (x < 0.31F && y < 0.40F)
        colour = Vector{0.10F, 0.09F, 0.08F};
    if (x < 0.27F && y < 0.36F)
        colour = mixed({0.20F, 0.34F, 0.42F}, {0.72F, 0.55F, 0.30F},
                       smooth_step(1.5F, 2.0F, place.y + 0.1F * std::sin(9 * place.x)));
    return colour;
}

/// What a part of the body looks like at a place of its surface.
Vector head_colour(Vector place, const Stance& stance) noexcept {
    constexpr Vector skin{0.62F, 0.37F, 0.26F};
    constexpr Vector hair{0.055F, 0.033F, 0.022F};
    const Vector local = turned(place - stance.head, -stance.head_yaw);
    const float side = std::abs(local.x);
    const float hair_line = 0.060F - 0.6F * std::max(side - 0.045F, 0.0F);
    if (local.y > hair_line && local.z > 0)
        return hair;
    if (local.z <= 0.025F && local.y > -0.050F + std::max(0.0F, 1.2F * (local.z + 0.025F)) && side < 0.0765F)
        return hair;
    if (local.z < 0.03F)
        return skin;
    const auto within = [&](float x, float y, float width, float height) {
        const float dx = (side - x) / width;
        const float dy = (local.y - y) / height;
        return dx * dx + dy * dy < 1;
    };
    if (within(0.031F, 0.011F, 0.0065F, 0.0065F))
        return {0.03F, 0.02F, 0.018F};
    if (within(0.031F, 0.011F, 0.0150F, 0.0075F))
        return {0.75F, 0.74F, 0.72F};
    if (within(0.031F, 0.012F, 0.0175F, 0.0105F))
        return {0.20F, 0.11F, 0.08F};
    if (within(0.032F, 0.034F, 0.0200F, 0.0045F))
        return hair;
    if (within(0, -0.062F, 0.0260F, 0.0025F))
        return {0.16F, 0.05F, 0.045F};
    if (within(0, -0.062F, 0.0270F, 0.0100F))
        return {0.50F, 0.19F, 0.17F};
    if (within(0.007F, -0.044F, 0.0045F, 0.0030F))
        return {0.22F, 0.11F, 0.08F};
    const float cheek = smooth_step(0.03F, 0.0F, length({side - 0.042F, local.y + 0.028F, 0}));
    return mixed(skin, {0.66F, 0.31F, 0.24F}, 0.5F * cheek);
}

Vector colour_of(Cloth cloth, Vector place, const Stance& stance) noexcept {
    switch (cloth) {
        case Cloth::skin:
            return {0.62F, 0.37F, 0.26F};
        case Cloth::head:
            return head_colour(place, stance);
        case Cloth::shirt: {
            const float fold =
                0.92F + 0.08F * std::sin(38 * place.y + 21 * place.x + 5 * std::sin(17 * place.x));
            return Vector{0.10F, 0.24F, 0.50F} * fold;
        }
        case Cloth::trousers: {
            const float fold = 0.90F + 0.10F * std::sin(52 * place.y + 16 * place.x);
            return Vector{0.085F, 0.085F, 0.10F} * fold;
        }
        case Cloth::shoe:
            return place.y < 0.028F ? Vector{0.30F, 0.30F, 0.30F} : Vector{0.62F, 0.60F, 0.57F};
    }
    return {};
}

/// Smallest value with rounded transitions.
float blended(float a, float b) noexcept {
    const float share = std::max(blending - std::abs(a - b), 0.0F) / blending;
    return std::min(a, b) - share * share * blending / 4;
}

using Parts = std::vector<const Part*>;

float distance_to(const Parts& parts, Vector place) noexcept {
    float distance = std::numeric_limits<float>::max();
    for (const Part* part : parts)
        distance = blended(distance, part->distance(place));
    return distance;
}

struct Hit {
    Vector place;
    float travelled = 0;
};

std::optional<Hit> walk(const Parts& parts, Vector ray, float begin, float end) noexcept {
    float travelled = begin;
    for (int step = 0; step < 48 && travelled < end; ++step) {
        const Vector place = eye + ray * travelled;
        const float distance = distance_to(parts, place);
        if (distance < 0.0012F)
            return Hit{place, travelled};
        travelled += std::max(distance * 0.9F, 0.001F);
    }
    return std::nullopt;
}

Vector normal_at(const Parts& parts, Vector place) noexcept {
    constexpr float step = 0.0015F;
    const auto along = [&](Vector direction) {
        return direction * distance_to(parts, place + direction * step);
    };
    return normalized(along({1, -1, -1}) + along({-1, -1, 1}) + along({-1, 1, -1}) + along({1, 1, 1}));
}

Vector lit(Vector colour, Vector normal, Vector ray, Vector place, bool glossy) noexcept {
    const float direct = std::max(dot(normal, normalized(sun)), 0.0F);
    const float fill = 0.5F + 0.5F * dot(normal, normalized({0.8F, 0.2F, 0.6F}));
    const float sky = 0.5F + 0.5F * normal.y;
    const float bounce = std::max(-normal.y, 0.0F) * smooth_step(1.2F, 0, place.y);
    const float rim = std::pow(1 - std::max(-dot(normal, ray), 0.0F), 3.0F);
    Vector light = Vector{1.05F, 1.0F, 0.93F} * (0.95F * direct) +
                   Vector{0.85F, 0.92F, 1.0F} * (0.22F * fill + 0.18F * sky) +
                   Vector{0.30F, 0.20F, 0.12F} * bounce;
    Vector result = colour * light * (1 - 0.25F * rim);
    if (glossy) {
        const float shine = std::pow(std::max(dot(normal, normalized(normalized(sun) - ray)), 0.0F), 24.0F);
        result = result + Vector{0.05F, 0.05F, 0.05F} * shine;
    }
    return result;
}

/// The light of a ray that meets the body.
std::optional<Vector> body_light(const Parts& parts, const Stance& stance, float x, float y) noexcept {
    const Vector ray = ray_at(x, y);
    const auto hit = walk(parts, ray, 2.6F, 5.0F);
    if (!hit)
        return std::nullopt;
    const Part* nearest = parts.front();
    for (const Part* part : parts)
        if (part->distance(hit->place) < nearest->distance(hit->place))
            nearest = part;
    const bool glossy = nearest->cloth == Cloth::skin || nearest->cloth == Cloth::head;
    return lit(colour_of(nearest->cloth, hit->place, stance), normal_at(parts, hit->place), ray, hit->place,
               glossy);
}

/// Whether anything of a part can be seen in a square of the picture: its line, seen as one, thickened.
bool may_be_seen(const Part& part, Point2 centre, float half_diagonal) noexcept {
    const float thickness = std::max(part.from_radius, part.to_radius) *
                            std::max({part.squeeze.x, part.squeeze.y, part.squeeze.z});
    const float depth = std::min(seen_from_camera(part.from).z, seen_from_camera(part.to).z) - thickness;
    const float reach = 1.06F * (thickness + blending) * static_cast<float>(picture_camera().fx) / depth;
    const Point2 from = projected(part.from);
    const Point2 to = projected(part.to);
    const Vector along{to.x - from.x, to.y - from.y, 0};
    const Vector offset{centre.x - from.x, centre.y - from.y, 0};
    const float share = std::clamp(dot(offset, along) / std::max(dot(along, along), 1e-6F), 0.0F, 1.0F);
    return length(offset - along * share) < reach + half_diagonal;
}

constexpr std::size_t tile_columns = (picture_size.width + tile - 1) / tile;
constexpr std::size_t tile_rows = (picture_size.height + tile - 1) / tile;

/// The parts that can be seen in each tile of the picture.
std::vector<Parts> parts_by_tile(const std::vector<Part>& parts) {
    std::vector<Parts> tiles(tile_columns * tile_rows);
    constexpr float half = tile / 2.0F;
    for (const Part& part : parts)
        for (std::size_t i = 0; i < tiles.size(); ++i) {
            const Point2 centre{static_cast<float>(i % tile_columns * tile) + half,
                                static_cast<float>(i / tile_columns * tile) + half};
            if (may_be_seen(part, centre, 1.42F * half))
                tiles[i].push_back(&part);
        }
    return tiles;
}

/// Whether a pixel lies on an edge, where one ray is not enough.
bool differs_from_neighbours(const std::vector<Vector>& light, std::size_t index) noexcept {
    const auto width = static_cast<std::size_t>(picture_size.width);
    const auto differs = [&](std::size_t other) {
        const Vector step = light[index] - light[std::min(other, light.size() - 1)];
        return std::abs(step.x) + std::abs(step.y) + std::abs(step.z) > 0.04F;
    };
    return differs(index + 1) || differs(index - std::min<std::size_t>(index, 1)) || differs(index + width) ||
           differs(index - std::min(index, width));
}

/// The mean of four rays through a pixel.
Vector refined(const Parts& parts, const Stance& stance, std::size_t index, Vector behind) noexcept {
    const auto width = static_cast<std::size_t>(picture_size.width);
    Vector light;
    for (int sample = 0; sample < 4; ++sample) {
        const float x = static_cast<float>(index % width) + (sample % 2 == 0 ? 0.25F : 0.75F);
        const float y = static_cast<float>(index / width) + (sample < 2 ? 0.25F : 0.75F);
        light = light + body_light(parts, stance, x, y).value_or(behind) * 0.25F;
    }
    return light;
}

/// Linear light to display values, gamma 2.2, by a table.
class DisplayCurve {
  public:
    DisplayCurve() {
        for (std::size_t i = 0; i < values_.size(); ++i)
            values_[i] = static_cast<std::uint8_t>(
                255 * std::pow(static_cast<float>(i) / static_cast<float>(values_.size() - 1), 1 / 2.2F) +
                0.5F);
    }

    [[nodiscard]] std::uint8_t operator()(float light) const noexcept {
        return values_[static_cast<std::size_t>(std::clamp(light, 0.0F, 1.0F) *
                                                static_cast<float>(values_.size() - 1))];
    }

  private:
    std::array<std::uint8_t, 16384> values_{};
};

/// How much of the room's light reaches the floor beside the figure: soft shadows below the feet and, along
/// the sun, of the body.
float shadow_at(Vector ground, const Stance& stance) noexcept {
    float open = 1;
    const auto darken = [&](Vector caster, float width, float strength) {
        const float dx = (ground.x - caster.x) / width;
        const float dz = (ground.z - caster.z) / width;
        const float square = dx * dx + dz * dz;
        if (square < 9)
            open *= 1 - strength * std::exp(-square);
    };
    for (const auto ankle : {left_ankle, right_ankle}) {
        const Vector foot = stance.joints[ankle];
        darken(foot + turned({0, 0, 0.05F}, stance.hip_yaw), 0.10F + 0.4F * foot.y, 0.55F / (1 + 4 * foot.y));
    }
    for (const auto joint : {left_knee, right_knee, left_hip, right_hip, left_shoulder, right_shoulder}) {
        const Vector place = stance.joints[joint];
        darken(place - sun * (place.y / sun.y), 0.13F + 0.06F * place.y, 0.22F);
    }
    return open;
}

}  // namespace

Camera picture_camera() noexcept {
    const double focal_length = 1.72 * picture_size.height;
    return {.fx = focal_length,
            .fy = focal_length,
            .cx = picture_size.width / 2.0,
            .cy = picture_size.height / 2.0};
}

Vector seen_from_camera(Vector place) noexcept {
    const Vector offset = place - eye;
    const float c = std::cos(pitch);
    const float s = std::sin(pitch);
    return {offset.x, -offset.y * c + offset.z * s, -offset.y * s - offset.z * c};
}

Point2 projected(Vector place) noexcept {
    const Camera camera = picture_camera();
    const Vector seen = seen_from_camera(place);
    return {static_cast<float>(camera.fx) * seen.x / seen.z + static_cast<float>(camera.cx),
            static_cast<float>(camera.fy) * seen.y / seen.z + static_cast<float>(camera.cy)};
}

Scene::Scene() {
    for (int row = 0; row < picture_size.height; ++row)
        for (int column = 0; column < picture_size.width; ++column) {
            Vector light;
            Vector ground{0, 1, 0};
            for (int sample = 0; sample < 4; ++sample) {
                const Vector ray =
                    ray_at(static_cast<float>(column) + 0.25F + 0.5F * static_cast<float>(sample % 2),
                           static_cast<float>(row) + (sample < 2 ? 0.25F : 0.75F));
                const Vector on_floor = eye + ray * (-eye.y / std::min(ray.y, -1e-4F));
                const Vector on_wall = eye + ray * ((wall_distance - eye.z) / ray.z);
                const bool floor = on_wall.y < 0;
                const float depth = floor ? smooth_step(wall_distance - 0.2F, 1.5F, on_floor.z) : 0;
                light =
                    light +
                    (floor ? floor_colour(on_floor) * (0.7F + 0.35F * depth) : wall_colour(on_wall)) * 0.25F;
                if (floor)
                    ground = on_floor;
            }
            room_.push_back(light);
            ground_.push_back(ground);
        }
}

std::vector<std::uint8_t> Scene::picture_of(const Stance& stance) const {
    const std::vector<Part> parts = body_of(stance);
    const auto tiles = parts_by_tile(parts);
    const auto near = [&](std::size_t column, std::size_t row) -> const Parts& {
        return tiles[row / tile * tile_columns + column / tile];
    };
    const std::size_t width = picture_size.width;
    std::vector<Vector> behind = room_;
    for (std::size_t i = 0; i < behind.size(); ++i)
        if (ground_[i].y < 0.5F)
            behind[i] = behind[i] * shadow_at(ground_[i], stance);
    std::vector<Vector> light = behind;
    for (std::size_t i = 0; i < light.size(); ++i)
        if (const Parts& parts_here = near(i % width, i / width); !parts_here.empty())
            light[i] = body_light(parts_here, stance, static_cast<float>(i % width) + 0.5F,
                                  static_cast<float>(i / width) + 0.5F)
                           .value_or(behind[i]);
    static const DisplayCurve display;
    std::vector<std::uint8_t> picture;
    picture.reserve(3 * light.size());
    for (std::size_t i = 0; i < light.size(); ++i) {
        const Parts& parts_here = near(i % width, i / width);
        const bool edge = !parts_here.empty() && differs_from_neighbours(light, i);
        const Vector smooth = edge ? refined(parts_here, stance, i, behind[i]) : light[i];
        for (const float value : {smooth.x, smooth.y, smooth.z})
            picture.push_back(display(value));
    }
    return picture;
}

}  // namespace posed::tests::synthetic
