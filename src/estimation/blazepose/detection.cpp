#include "estimation/blazepose/detection.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace posed::estimation::blazepose {
namespace {

constexpr float input_side = 224;
constexpr float least_score = 0.5F;
constexpr double least_overlap = 0.3;
constexpr std::size_t values_per_anchor = 12;

struct Grid {
    std::size_t side;
    std::size_t anchors_per_cell;
};
constexpr std::array grids = {Grid{28, 2}, Grid{14, 2}, Grid{7, 6}};

/// In the unit square of the detector's input; boxes with a negative or no size are not valid.
Detection decode_anchor(std::span<const float, values_per_anchor> raw, Point2 anchor, float score) {
    Detection detection{.score = score, .merged = 1};
    const double x = raw[0] / input_side + anchor.x, y = raw[1] / input_side + anchor.y;
    const double width = raw[2] / input_side, height = raw[3] / input_side;
    detection.left = x - width / 2;
    detection.top = y - height / 2;
    detection.right = x + width / 2;
    detection.bottom = y + height / 2;
    for (std::size_t k = 0; k < 4; ++k)
        detection.points[k] = {raw[4 + 2 * k] / input_side + anchor.x,
                               raw[5 + 2 * k] / input_side + anchor.y};
    return detection;
}

std::vector<Detection> candidates(std::span<const float> boxes, std::span<const float> scores) {
    std::vector<Detection> found;
    for (std::size_t i = 0; i < scores.size(); ++i) {
        if (!(scores[i] >= 0))  // the logit of a score of 0.5; almost all end here
            continue;
        const float score = 1 / (1 + std::exp(-std::min(scores[i], 100.0F)));
        const auto raw = boxes.subspan(values_per_anchor * i).first<values_per_anchor>();
        if (score >= least_score && raw[2] >= 0 && raw[3] >= 0)
            found.push_back(decode_anchor(raw, anchor_center(i), score));
    }
    std::ranges::stable_sort(found, std::ranges::greater{}, &Detection::score);
    return found;
}

double shared_part(const Detection& a, const Detection& b) {
    const double width = std::min(a.right, b.right) - std::max(a.left, b.left);
    const double height = std::min(a.bottom, b.bottom) - std::max(a.top, b.top);
    if (!(width > 0 && height > 0))
        return 0;
    const auto area = [](const Detection& d) { return (d.right - d.left) * (d.bottom - d.top); };
    const double shared = width * height;
    return shared / (area(a) + area(b) - shared);
}

Detection weighted_mean(std::span<const Detection> group) {
    Detection mean{.score = group.front().score, .merged = static_cast<int>(group.size())};
    std::array<std::pair<double, double>, 4> points{};
    double total = 0;
    for (const Detection& detection : group) {
        const double weight = detection.score;
        total += weight;
        mean.left += weight * detection.left;
        mean.top += weight * detection.top;
        mean.right += weight * detection.right;
        mean.bottom += weight * detection.bottom;
        for (std::size_t k = 0; k < points.size(); ++k) {
            points[k].first += weight * detection.points[k].x;
            points[k].second += weight * detection.points[k].y;
        }
    }
    mean.left /= total, mean.top /= total, mean.right /= total, mean.bottom /= total;
    for (std::size_t k = 0; k < points.size(); ++k)
        mean.points[k] = {static_cast<float>(points[k].first / total),
                          static_cast<float>(points[k].second / total)};
    return mean;
}

/// Takes the best, merges what overlaps with it, and so on.
std::vector<Detection> merge(std::vector<Detection> remaining) {
    std::vector<Detection> people;
    while (!remaining.empty()) {
        const Detection best = remaining.front();
        const auto rest = std::stable_partition(
            remaining.begin(), remaining.end(),
            [&](const Detection& other) { return shared_part(best, other) > least_overlap; });
        if (rest == remaining.begin()) {  // a box without area overlaps with nothing, not even with itself
            people.push_back(best);
            remaining.erase(remaining.begin());
            continue;
        }
        people.push_back(weighted_mean({remaining.begin(), rest}));
        remaining.erase(remaining.begin(), rest);
    }
    return people;
}

void move_to_picture(Detection& detection, const Region& square) {
    const double left = square.center_x - square.side / 2, top = square.center_y - square.side / 2;
    detection.left = left + square.side * detection.left;
    detection.right = left + square.side * detection.right;
    detection.top = top + square.side * detection.top;
    detection.bottom = top + square.side * detection.bottom;
    for (Point2& point : detection.points)
        point = {static_cast<float>(left + square.side * point.x),
                 static_cast<float>(top + square.side * point.y)};
}

}  // namespace

Region whole_picture(Size displayed) noexcept {
    return {.center_x = displayed.width / 2.0,
            .center_y = displayed.height / 2.0,
            .side = static_cast<double>(std::max(displayed.width, displayed.height))};
}

Point2 anchor_center(std::size_t index) noexcept {
    for (const Grid& grid : grids) {
        const std::size_t anchors = grid.side * grid.side * grid.anchors_per_cell;
        if (index < anchors) {
            const std::size_t cell = index / grid.anchors_per_cell;
            const std::size_t row = cell / grid.side, column = cell % grid.side;
            const auto side = static_cast<float>(grid.side);
            return {(static_cast<float>(column) + 0.5F) / side, (static_cast<float>(row) + 0.5F) / side};
        }
        index -= anchors;
    }
    return {};
}

std::vector<Detection> decode_detections(std::span<const float> boxes, std::span<const float> scores,
                                         const Region& square) {
    auto people = merge(candidates(boxes, scores));
    for (Detection& detection : people)
        move_to_picture(detection, square);
    return people;
}

}  // namespace posed::estimation::blazepose
