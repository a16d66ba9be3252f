#include "rendering/stroke.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

namespace posed::rendering {
namespace {

constexpr float half_pixel_diagonal = 0.70710678F;

/// The share of a unit square on the inner side of a straight edge, by the edge's direction. With the edge's
/// normal (a, b), a >= b >= 0, the share falls linearly while the edge meets two opposite sides of the
/// square, and quadratically where it only cuts a corner.
class Edge {
  public:
    Edge() = default;

    /// `x`, `y`: the normal, of length 1.
    Edge(float x, float y) noexcept {
        const float larger = std::max(std::abs(x), std::abs(y));
        const float smaller = std::min(std::abs(x), std::abs(y));
        linear_until_ = (larger - smaller) / 2;
        reach_ = (larger + smaller) / 2;
        slope_ = 1 / larger;
        corner_ = smaller > 1e-6F ? 1 / (2 * larger * smaller) : 0;
    }

    /// `inside`: the distance of the square's centre from the edge, positive on the inner side.
    [[nodiscard]] float share(float inside) const noexcept {
        const float distance = std::abs(inside);
        if (distance <= linear_until_)
            return 0.5F + inside * slope_;
        const float left = std::max(reach_ - distance, 0.0F);
        const float corner = left * left * corner_;
        return inside > 0 ? 1 - corner : corner;
    }

  private:
    float linear_until_ = 0.5F;
    float reach_ = 0.5F;
    float slope_ = 1;
    float corner_ = 0;
};

/// The pixel that holds a coordinate, or the first one for those before the canvas; and the one behind it.
/// (Truncation, because rounding functions cost a call on plain x86-64.)
int index_before(float coordinate) noexcept {
    return static_cast<int>(std::max(coordinate, 0.0F));
}
int index_behind(float coordinate) noexcept {
    return static_cast<int>(std::max(coordinate, -1.0F) + 1);
}

/// A stroke cut at the canvas and made ready for sampling. Pixels are seen in the stroke's own axes: how far
/// along its line and how far across.
class Sampler {
  public:
    Sampler(const Stroke& stroke, Place from, Place to) noexcept
        : from_x_(static_cast<float>(from.x)),
          from_y_(static_cast<float>(from.y)),
          radius_(static_cast<float>(stroke.radius)),
          opacity_(static_cast<float>(std::clamp(stroke.opacity, 0.0, 1.0)) * 255) {
        const double length = std::hypot(to.x - from.x, to.y - from.y);
        if (length > 1e-6) {
            length_ = static_cast<float>(length);
            direction_x_ = static_cast<float>((to.x - from.x) / length);
            direction_y_ = static_cast<float>((to.y - from.y) / length);
        }
        edge_ = Edge(direction_y_, direction_x_);
        // Along an arc the edge leaves its tangent by x^2 / 2r, over a pixel's width 1 / 24r on average.
        arc_radius_ = radius_ - 1 / (24 * std::max(radius_, 0.5F));
        core_ = std::max(0.0F, radius_ - half_pixel_diagonal);
        reach_ = radius_ + half_pixel_diagonal;
        first_row_ = index_before(static_cast<float>(std::min(from.y, to.y)) - reach_);
        last_row_ = index_behind(static_cast<float>(std::max(from.y, to.y)) + reach_);
        left_ = static_cast<float>(std::min(from.x, to.x)) - reach_;
        right_ = static_cast<float>(std::max(from.x, to.x)) + reach_;
    }

    /// The rows that the stroke can touch: [first_row, last_row).
    [[nodiscard]] int first_row() const noexcept { return first_row_; }
    [[nodiscard]] int last_row() const noexcept { return last_row_; }

    /// The pixels of a row that the stroke can touch, as first and behind-last: those near its endless line
    /// and between its ends.
    [[nodiscard]] std::pair<int, int> columns(int row) const noexcept {
        float left = left_;
        float right = right_;
        if (std::abs(direction_y_) > 1e-4F) {
            const float y = static_cast<float>(row) + 0.5F - from_y_;
            const float middle = from_x_ + y * direction_x_ / direction_y_;
            const float half = reach_ / std::abs(direction_y_) + 0.5F;
            left = std::max(left, middle - half);
            right = std::min(right, middle + half);
        }
        return {index_before(left), index_behind(right)};
    }

    /// Raises strengths (opacity times coverage, 0..255) of the pixels [begin, end) of a row to the stroke's.
    void raise(std::uint8_t* strengths, int row, int begin, int end) const noexcept {
        const float y = static_cast<float>(row) + 0.5F - from_y_;
        for (int column = begin; column < end; ++column) {
            const float x = static_cast<float>(column) + 0.5F - from_x_;
            const float along = x * direction_x_ + y * direction_y_;
            const float across = std::abs(x * direction_y_ - y * direction_x_);
            const float beyond = std::max(-along, along - length_);
            const float coverage =
                beyond < 0 ? straight_coverage(across) : cap_coverage(beyond, across, x, y);
            const auto strength = static_cast<std::uint8_t>(opacity_ * coverage + 0.5F);
            strengths[column] = std::max(strengths[column], strength);
        }
    }

  private:
    /// The share between the near edge and, for strokes thinner than a pixel, the far one.
    [[nodiscard]] float straight_coverage(float across) const noexcept {
        if (across < core_)
            return 1;
        return edge_.share(radius_ - across) - edge_.share(-radius_ - across);
    }

    [[nodiscard]] float cap_coverage(float beyond, float across, float x, float y) const noexcept {
        const float squared_distance = beyond * beyond + across * across;
        if (squared_distance >= reach_ * reach_)
            return 0;
        if (squared_distance < core_ * core_)
            return 1;
        const bool at_end = x * direction_x_ + y * direction_y_ > 0;
        const float away_x = at_end ? x - length_ * direction_x_ : x;
        const float away_y = at_end ? y - length_ * direction_y_ : y;
        const float distance = std::sqrt(squared_distance);
        const Edge edge = distance > 1e-6F ? Edge(away_x / distance, away_y / distance) : Edge();
        return edge.share(arc_radius_ - distance) - edge.share(-arc_radius_ - distance);
    }

    float from_x_;
    float from_y_;
    float direction_x_ = 1;
    float direction_y_ = 0;
    float length_ = 0;
    float radius_;
    float arc_radius_;
    float core_;
    float reach_;
    float left_;
    float right_;
    float opacity_;
    Edge edge_;
    int first_row_;
    int last_row_;
};

bool is_drawable(const Stroke& stroke) noexcept {
    return std::isfinite(stroke.from.x) && std::isfinite(stroke.from.y) && std::isfinite(stroke.to.x) &&
           std::isfinite(stroke.to.y) && std::isfinite(stroke.radius) && stroke.radius > 0 &&
           std::isfinite(stroke.opacity) && stroke.opacity > 0;
}

/// Narrows [begin, end] to the part of `from + t * along` that lies within [low, high].
void narrow(double from, double along, double low, double high, double& begin, double& end) noexcept {
    if (along == 0) {
        if (from < low || from > high)
            end = -1;
        return;
    }
    const double one = (low - from) / along;
    const double other = (high - from) / along;
    begin = std::max(begin, std::min(one, other));
    end = std::min(end, std::max(one, other));
}

/// The part of a stroke that can be seen; nothing when none can. The line is cut far enough outside that the
/// new caps stay invisible.
std::optional<Sampler> cut(const Stroke& stroke, Size canvas) noexcept {
    if (!is_drawable(stroke))
        return std::nullopt;
    const double largest = canvas.width + canvas.height;
    Stroke visible = stroke;
    visible.radius = std::min(stroke.radius, largest);
    const double margin = visible.radius + 2;
    const double right = canvas.width + margin;
    const double bottom = canvas.height + margin;
    double begin = 0;
    double end = 1;
    narrow(stroke.from.x, stroke.to.x - stroke.from.x, -margin, right, begin, end);
    narrow(stroke.from.y, stroke.to.y - stroke.from.y, -margin, bottom, begin, end);
    if (!(begin <= end))
        return std::nullopt;
    const auto at = [&](double t) {
        // The clamp only acts where coordinates are so large that the product above lost its last digits.
        return Place{std::clamp(stroke.from.x + t * (stroke.to.x - stroke.from.x), -margin, right),
                     std::clamp(stroke.from.y + t * (stroke.to.y - stroke.from.y), -margin, bottom)};
    };
    return Sampler(visible, begin == 0 ? stroke.from : at(begin), end == 1 ? stroke.to : at(end));
}

/// Two rows of strengths over the width of the canvas, zero wherever nothing was drawn since they were last
/// blended.
class RowPair {
  public:
    explicit RowPair(int width) : width_(width), first_(width), last_(0) {
        for (auto& row : rows_)
            row.resize(static_cast<std::size_t>(width + block));
    }

    void add(const Sampler& stroke, int upper_row) noexcept {
        for (int line = 0; line < 2; ++line) {
            const int row = upper_row + line;
            auto [begin, end] = stroke.columns(row);
            end = std::min(end, width_);
            if (begin >= end)
                continue;
            std::uint8_t* strengths = rows_[static_cast<std::size_t>(line)].data();
            stroke.raise(strengths, row, begin, end);
            first_ = std::min(first_, begin);
            last_ = std::max(last_, end);
        }
    }

    /// Blends what was added into the rows `upper_row` and the next, and forgets it.
    void blend(Canvas& canvas, int upper_row, const Samples& colour) noexcept {
        if (first_ >= last_)
            return;
        const int begin = first_ & ~1;
        const int end = std::min((last_ + 1) & ~1, width_ & ~1);
        std::uint8_t* upper = canvas.plane(0) + upper_row * canvas.stride(0);
        std::uint8_t* lower = upper + canvas.stride(0);
        std::uint8_t* blue = canvas.plane(1) + upper_row / 2 * canvas.stride(1);
        std::uint8_t* red = canvas.plane(2) + upper_row / 2 * canvas.stride(2);
        for (int column = begin; column < end; column += 2) {
            if (column % block == 0 && is_blank(column)) {
                column += block - 2;
                continue;
            }
            const auto square = take_square(column);
            const int sum = square[0] + square[1] + square[2] + square[3];
            if (sum == 0)
                continue;
            mix<255>(upper[column], colour.luma, square[0]);
            mix<255>(upper[column + 1], colour.luma, square[1]);
            mix<255>(lower[column], colour.luma, square[2]);
            mix<255>(lower[column + 1], colour.luma, square[3]);
            mix<4 * 255>(blue[column / 2], colour.blue_difference, sum);
            mix<4 * 255>(red[column / 2], colour.red_difference, sum);
        }
        first_ = width_;
        last_ = 0;
    }

  private:
    static constexpr int block = 16;

    /// Whether both rows are zero for a block of columns: most of the way between two limbs.
    [[nodiscard]] bool is_blank(int column) const noexcept {
        static constexpr std::array<std::uint8_t, block> zeros{};
        return std::memcmp(rows_[0].data() + column, zeros.data(), block) == 0 &&
               std::memcmp(rows_[1].data() + column, zeros.data(), block) == 0;
    }

    template <int full>
    static void mix(std::uint8_t& sample, int colour, int strength) noexcept {
        sample =
            static_cast<std::uint8_t>((sample * (full - strength) + colour * strength + full / 2) / full);
    }

    std::array<int, 4> take_square(int column) noexcept {
        std::array<int, 4> square{};
        for (std::size_t i = 0; i < square.size(); ++i) {
            auto& strength = rows_[i / 2][static_cast<std::size_t>(column) + i % 2];
            square[i] = strength;
            strength = 0;
        }
        return square;
    }

    int width_;
    int first_;
    int last_;
    std::array<std::vector<std::uint8_t>, 2> rows_;
};

}  // namespace

void paint(Canvas& canvas, std::span<const Stroke> strokes, const Samples& colour) {
    const auto [width, height] = canvas.size();
    std::vector<Sampler> visible;
    visible.reserve(strokes.size());
    int first_row = height;
    int last_row = 0;
    for (const Stroke& stroke : strokes) {
        if (const auto sampler = cut(stroke, canvas.size())) {
            visible.push_back(*sampler);
            first_row = std::min(first_row, sampler->first_row());
            last_row = std::max(last_row, sampler->last_row());
        }
    }
    first_row = std::max(first_row, 0) & ~1;
    last_row = std::min(last_row, height);
    RowPair rows(width);
    for (int row = first_row; row < last_row; row += 2) {
        for (const Sampler& stroke : visible)
            if (stroke.first_row() <= row + 1 && row < stroke.last_row())
                rows.add(stroke, row);
        rows.blend(canvas, row, colour);
    }
}

}  // namespace posed::rendering
