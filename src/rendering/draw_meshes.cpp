#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "rendering/appearance.h"
#include "rendering/draw_people.h"

namespace posed::rendering {
namespace {

/// Rows of the canvas that are worked on together: what is held of samples does not grow with the picture.
constexpr int band_height = 32;

/// Where in a pixel its four samples lie: on a turned grid, so that edges along either axis have four steps.
constexpr std::array<std::array<float, 2>, 4> sample_places{
    {{0.375F, 0.125F}, {0.875F, 0.375F}, {0.125F, 0.625F}, {0.625F, 0.875F}}};
constexpr int samples_in_pixel = static_cast<int>(sample_places.size());

constexpr float nearest_depth = 0.05F;  ///< metres
constexpr float farthest_place = 1e5F;  ///< pixels: what would reach beyond it cannot be placed exactly
constexpr float opacity = 0.92F;

/// From above the camera's left shoulder.
constexpr Point3 light{-0.35F, -0.55F, -0.76F};
constexpr float ambient = 0.35F;

/// A vertex on the canvas.
struct Corner {
    float x = 0;
    float y = 0;
    float nearness = 0;  ///< 1 over the depth, which is what runs evenly across the canvas; 0: not drawn
    float shade = 0;
};

struct Surface {
    std::vector<Corner> corners;
    Samples colour;
};

Point3 cross(const Point3& a, const Point3& b) noexcept {
    return {a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
}

/// The mean of the normals of each vertex's triangles, weighted by their areas; not of length 1.
std::vector<Point3> normals_of(const Mesh& mesh, const std::vector<Point3>& vertices) {
    std::vector<Point3> normals(vertices.size());
    for (const auto& face : mesh.faces) {
        const auto& a = vertices[static_cast<std::size_t>(face[0])];
        const auto& b = vertices[static_cast<std::size_t>(face[1])];
        const auto& c = vertices[static_cast<std::size_t>(face[2])];
        const auto normal = cross({b.x - a.x, b.y - a.y, b.z - a.z}, {c.x - a.x, c.y - a.y, c.z - a.z});
        for (const auto vertex : face) {
            auto& sum = normals[static_cast<std::size_t>(vertex)];
            sum = {sum.x + normal.x, sum.y + normal.y, sum.z + normal.z};
        }
    }
    return normals;
}

/// Either side of a triangle may be the outer one.
float shade_of(const Point3& normal) noexcept {
    const float length = std::hypot(normal.x, normal.y, normal.z);
    if (!(length > 0))
        return ambient;
    const float towards = (normal.x * light.x + normal.y * light.y + normal.z * light.z) / length;
    return ambient + (1 - ambient) * std::abs(towards);
}

Surface surface_of(const Canvas& canvas, Size source, const Mesh& mesh, const Camera& camera,
                   const PersonFrame& person) {
    const auto scale_x = static_cast<double>(canvas.size().width) / std::max(source.width, 1);
    const auto scale_y = static_cast<double>(canvas.size().height) / std::max(source.height, 1);
    const auto normals = normals_of(mesh, person.vertices);
    Surface surface{.corners = std::vector<Corner>(person.vertices.size()),
                    .colour = samples_of(colour_of_track(person.track_id), canvas.colour())};
    for (std::size_t i = 0; i < surface.corners.size(); ++i) {
        const auto& vertex = person.vertices[i];
        const auto& root = person.root_translation;
        const float z = vertex.z + root.z;
        const Corner corner{
            .x = static_cast<float>(
                scale_x *
                (camera.fx * static_cast<double>(vertex.x + root.x) / static_cast<double>(z) + camera.cx)),
            .y = static_cast<float>(
                scale_y *
                (camera.fy * static_cast<double>(vertex.y + root.y) / static_cast<double>(z) + camera.cy)),
            .nearness = 1 / z,
            .shade = shade_of(normals[i])};
        if (z >= nearest_depth && std::abs(corner.x) < farthest_place && std::abs(corner.y) < farthest_place)
            surface.corners[i] = corner;
    }
    return surface;
}

/// The samples of some rows of the canvas: for each what is nearest there.
class Band {
  public:
    explicit Band(int width)
        : width_(width), samples_(static_cast<std::size_t>(width) * band_height * samples_in_pixel) {}

    void begin(int first_row, int rows) {
        first_row_ = first_row;
        rows_ = rows;
        std::ranges::fill(samples_, Sample{});
        empty_ = true;
    }

    void add(const Corner& a, const Corner& b, const Corner& c, std::uint16_t surface) {
        const float area = (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
        if (area == 0 || a.nearness <= 0 || b.nearness <= 0 || c.nearness <= 0)
            return;
        const int left = std::max(0, index_of(std::min({a.x, b.x, c.x})));
        const int right = std::min(width_ - 1, index_of(std::max({a.x, b.x, c.x})));
        const int top = std::max(first_row_, index_of(std::min({a.y, b.y, c.y})));
        const int bottom = std::min(first_row_ + rows_ - 1, index_of(std::max({a.y, b.y, c.y})));
        for (int y = top; y <= bottom; ++y)
            for (int x = left; x <= right; ++x)
                add_to_pixel(x, y, a, b, c, 1 / area, surface);
    }

    /// Over the canvas, each pixel by the share of its samples that are covered.
    void blend(Canvas& canvas, const std::vector<Surface>& surfaces) const {
        if (empty_)
            return;
        for (int y = first_row_; y < first_row_ + rows_; y += 2)
            for (int x = 0; x < width_; x += 2)
                blend_square(canvas, x, y, surfaces);
    }

  private:
    struct Sample {
        float nearness = 0;
        float shade = 0;
        std::uint16_t surface = 0;
    };

    static int index_of(float coordinate) noexcept { return static_cast<int>(std::floor(coordinate)); }

    [[nodiscard]] std::size_t place_of(int x, int y) const noexcept {
        return (static_cast<std::size_t>(y - first_row_) * static_cast<std::size_t>(width_) +
                static_cast<std::size_t>(x)) *
               samples_in_pixel;
    }

    void add_to_pixel(int x, int y, const Corner& a, const Corner& b, const Corner& c, float per_area,
                      std::uint16_t surface) {
        auto* sample = &samples_[place_of(x, y)];
        for (const auto& [dx, dy] : sample_places) {
            const float px = static_cast<float>(x) + dx, py = static_cast<float>(y) + dy;
            const float of_b = ((px - a.x) * (c.y - a.y) - (py - a.y) * (c.x - a.x)) * per_area;
            const float of_c = ((b.x - a.x) * (py - a.y) - (b.y - a.y) * (px - a.x)) * per_area;
            const float of_a = 1 - of_b - of_c;
            const float nearness = of_a * a.nearness + of_b * b.nearness + of_c * c.nearness;
            // A little beyond the edges, so that rounding leaves no gap between two triangles.
            constexpr float least = -1e-4F;
            if (of_a >= least && of_b >= least && of_c >= least && nearness > sample->nearness) {
                *sample = {nearness, of_a * a.shade + of_b * b.shade + of_c * c.shade, surface};
                empty_ = false;
            }
            ++sample;
        }
    }

    void blend_square(Canvas& canvas, int x, int y, const std::vector<Surface>& surfaces) const {
        float blue = 0, red = 0, covered = 0;
        for (int pixel = 0; pixel < 4; ++pixel) {
            const int column = x + pixel % 2, row = y + pixel / 2;
            const auto* sample = &samples_[place_of(column, row)];
            float luma = 0, share = 0;
            for (int i = 0; i < samples_in_pixel; ++i, ++sample) {
                if (sample->nearness <= 0)
                    continue;
                const auto& colour = surfaces[sample->surface].colour;
                const float dark = canvas.colour().range == ColourRange::full ? 0 : 16;
                luma += dark + sample->shade * (static_cast<float>(colour.luma) - dark);
                blue += 128 + sample->shade * (static_cast<float>(colour.blue_difference) - 128);
                red += 128 + sample->shade * (static_cast<float>(colour.red_difference) - 128);
                ++share;
            }
            if (share > 0)
                mix(canvas.plane(0)[row * canvas.stride(0) + column], luma / share, share / 4);
            covered += share;
        }
        if (covered == 0)
            return;
        const auto chroma = y / 2 * canvas.stride(1) + x / 2;
        mix(canvas.plane(1)[chroma], blue / covered, covered / 16);
        mix(canvas.plane(2)[chroma], red / covered, covered / 16);
    }

    static void mix(std::uint8_t& sample, float colour, float share) noexcept {
        const float strength = share * opacity;
        const float value = static_cast<float>(sample) * (1 - strength) + colour * strength;
        sample = static_cast<std::uint8_t>(std::lround(std::clamp(value, 0.0F, 255.0F)));
    }

    int width_;
    int first_row_ = 0;
    int rows_ = 0;
    bool empty_ = true;
    std::vector<Sample> samples_;
};

}  // namespace

void draw_meshes(Canvas& canvas, Size source, const Mesh& mesh, const Camera& camera,
                 std::span<const PersonFrame> people) {
    std::vector<Surface> surfaces;
    for (const auto& person : people)
        if (static_cast<std::int64_t>(person.vertices.size()) == mesh.vertex_count)
            surfaces.push_back(surface_of(canvas, source, mesh, camera, person));
    if (surfaces.empty())
        return;
    const auto [width, height] = canvas.size();
    Band band(width);
    for (int row = 0; row < height; row += band_height) {
        band.begin(row, std::min(band_height, height - row));
        for (std::size_t i = 0; i < surfaces.size(); ++i) {
            const auto& corners = surfaces[i].corners;
            for (const auto& face : mesh.faces)
                band.add(corners[static_cast<std::size_t>(face[0])],
                         corners[static_cast<std::size_t>(face[1])],
                         corners[static_cast<std::size_t>(face[2])], static_cast<std::uint16_t>(i));
        }
        band.blend(canvas, surfaces);
    }
}

}  // namespace posed::rendering
