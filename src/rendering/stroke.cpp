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

/// Rows are worked on, and skipped where they are blank, by so many pixels at once.
constexpr int block = 16;

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
        const float linear = 0.5F + inside * slope_;
        const float left = std::max(reach_ - distance, 0.0F);
        const float corner = left * left * corner_;
        const float curved = inside > 0 ? 1 - corner : corner;
        return distance <= linear_until_ ? linear : curved;
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

/// Of a value that is not negative. Unlike lround no call, so that it fits into vectors.
int rounded(float value) noexcept {
    return static_cast<int>(value + 0.5F);  // NOLINT(bugprone-incorrect-roundings)
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

    /// Raises strengths (opacity times coverage, 0..255) of a row's pixels [begin, end) to the stroke's. May
    /// also write, but not change, up to `block` pixels behind them.
    void raise(std::uint8_t* strengths, int row, int begin, int end) const noexcept {
        const float y = static_cast<float>(row) + 0.5F - from_y_;
        for (int column = begin; column < end && length_ > 0; column += block) {
            const float x = static_cast<float>(column) + 0.5F - from_x_;
            if (radius_ < half_pixel_diagonal)
                raise_straight<true>(strengths + column, x, y);
            else
                raise_straight<false>(strengths + column, x, y);
        }
        raise_cap(strengths, 0, y, begin, end);
        if (length_ > 0)
            raise_cap(strengths, length_, y, begin, end);
    }

  private:
    /// A block of pixels, the first with its centre at (x, y) from the line's start, where they lie beside
    /// the line. Without a branch, so that compilers make vectors of it. `Thin`: a pixel can hold both edges.
    template <bool Thin>
    void raise_straight(std::uint8_t* strengths, float x, float y) const noexcept {
        // A copy, because writing bytes could change any member for all the compiler knows.
        const Sampler stroke = *this;
        for (int i = 0; i < block; ++i) {
            const float place = x + static_cast<float>(i);
            const float along = place * stroke.direction_x_ + y * stroke.direction_y_;
            const float across = std::abs(place * stroke.direction_y_ - y * stroke.direction_x_);
            const float beyond_far_edge = Thin ? stroke.edge_.share(-stroke.radius_ - across) : 0.0F;
            const float share = stroke.edge_.share(stroke.radius_ - across) - beyond_far_edge;
            const float beside = ((along > 0) & (along < stroke.length_)) ? share : 0.0F;
            const int strength = rounded(stroke.opacity_ * beside);
            strengths[i] = static_cast<std::uint8_t>(std::max<int>(strengths[i], strength));
        }
    }

    /// The half disc behind the line's start (`position` 0) or end (its length).
    void raise_cap(std::uint8_t* strengths, float position, float y, int begin, int end) const noexcept {
        const float away_y = y - position * direction_y_;
        if (std::abs(away_y) >= reach_)
            return;
        const float middle = from_x_ + position * direction_x_;
        begin = std::max(begin, index_before(middle - reach_));
        end = std::min(end, index_behind(middle + reach_));
        for (int column = begin; column < end; ++column) {
            const float away_x = static_cast<float>(column) + 0.5F - middle;
            const float outwards = away_x * direction_x_ + away_y * direction_y_;
            if (length_ > 0 && (position > 0 ? outwards < 0 : outwards > 0))
                continue;
            const auto strength = static_cast<std::uint8_t>(rounded(opacity_ * disc_share(away_x, away_y)));
            strengths[column] = std::max(strengths[column], strength);
        }
    }

    [[nodiscard]] float disc_share(float away_x, float away_y) const noexcept {
        const float squared_distance = away_x * away_x + away_y * away_y;
        if (squared_distance >= reach_ * reach_)
            return 0;
        if (squared_distance < core_ * core_)
            return 1;
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
    explicit RowPair(int width) : width_(width), first_(width) {
        for (auto& row : rows_)
            row.resize(static_cast<std::size_t>(width) + block);
        means_.resize(static_cast<std::size_t>(width) + block);
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
        for (auto& row : rows_)
            std::fill(row.begin() + width_, row.end(), std::uint8_t{0});
        int begin = first_ / block * block;
        while (begin < last_) {
            int end = begin;
            while (end < last_ && !is_blank(end))
                end += block;
            if (end > begin)
                blend_run(canvas, upper_row, colour, begin, end - begin);
            begin = end + block;
        }
        first_ = width_;
        last_ = 0;
    }

  private:
    /// Whether a block of columns is zero in both rows, as most are between two limbs.
    [[nodiscard]] bool is_blank(int column) const noexcept {
        std::array<std::uint64_t, 4> words{};
        std::memcpy(words.data(), rows_[0].data() + column, block);
        std::memcpy(words.data() + 2, rows_[1].data() + column, block);
        return (words[0] | words[1] | words[2] | words[3]) == 0;
    }

    /// Whole blocks from `column` on. The canvas's rows hold a whole number of them.
    void blend_run(Canvas& canvas, int upper_row, const Samples& colour, int column, int length) noexcept {
        std::uint8_t* upper = rows_[0].data() + column;
        std::uint8_t* lower = rows_[1].data() + column;
        std::uint8_t* luma = canvas.plane(0) + upper_row * canvas.stride(0) + column;
        const std::ptrdiff_t chroma = upper_row / 2 * canvas.stride(1) + column / 2;
        mix(luma, upper, length, colour.luma);
        mix(luma + canvas.stride(0), lower, length, colour.luma);
        std::uint8_t* means = means_.data();
        for (std::ptrdiff_t i = 0; i < length / 2; ++i)
            means[i] = static_cast<std::uint8_t>(
                (upper[2 * i] + upper[2 * i + 1] + lower[2 * i] + lower[2 * i + 1] + 2) / 4);
        mix(canvas.plane(1) + chroma, means, length / 2, colour.blue_difference);
        mix(canvas.plane(2) + chroma, means, length / 2, colour.red_difference);
        std::memset(upper, 0, static_cast<std::size_t>(length));
        std::memset(lower, 0, static_cast<std::size_t>(length));
    }

    /// Rounded division by 255 as x/256 + x/65536, exact for products of bytes.
    static void mix(std::uint8_t* samples, const std::uint8_t* strengths, int count,
                    std::uint8_t colour) noexcept {
        for (int i = 0; i < count; ++i) {
            const std::uint16_t strength = strengths[i];
            const auto sum =
                static_cast<std::uint16_t>(samples[i] * (255 - strength) + colour * strength + 128);
            samples[i] = static_cast<std::uint8_t>((sum + (sum >> 8)) >> 8);
        }
    }

    int width_;
    int first_;
    int last_ = 0;
    std::array<std::vector<std::uint8_t>, 2> rows_;
    std::vector<std::uint8_t> means_;
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
