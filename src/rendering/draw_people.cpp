#include "rendering/draw_people.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include "rendering/appearance.h"
#include "rendering/digits.h"
#include "rendering/stroke.h"

namespace posed::rendering {
namespace {

constexpr Rgb outline_colour{10, 14, 20};
constexpr double outline_opacity = 0.55;
constexpr Rgb plate_colour{16, 20, 26};
constexpr double plate_opacity = 0.82;
constexpr Rgb text_colour{255, 255, 255};

/// What all drawing on one canvas has in common.
struct Sheet {
    Canvas& canvas;
    double scale_x;  ///< canvas pixels per source pixel
    double scale_y;
    double unit;  ///< the size of a pixel of a 1280x720 picture, in canvas pixels; at least a half

    [[nodiscard]] Place placed(double x, double y) const noexcept { return {x * scale_x, y * scale_y}; }

    void paint_in(Rgb colour, std::span<const Stroke> strokes) const {
        paint(canvas, strokes, samples_of(colour, canvas.colour()));
    }
};

Sheet sheet_on(Canvas& canvas, Size source) {
    const Size size = canvas.size();
    const double area = static_cast<double>(size.width) * size.height;
    return {.canvas = canvas,
            .scale_x = static_cast<double>(size.width) / std::max(source.width, 1),
            .scale_y = static_cast<double>(size.height) / std::max(source.height, 1),
            .unit = std::max(std::sqrt(area / (1280.0 * 720.0)), 0.5)};
}

/// A person's box on the canvas, left above right below.
struct Bounds {
    Place upper_left;
    Place lower_right;
};

bool has_bounds(const PersonFrame& person) noexcept {
    return std::ranges::all_of(person.bbox_xyxy, [](float edge) { return std::isfinite(edge); });
}

Bounds bounds_of(const Sheet& sheet, const PersonFrame& person) noexcept {
    const auto& box = person.bbox_xyxy;
    const Place one = sheet.placed(box[0], box[1]);
    const Place other = sheet.placed(box[2], box[3]);
    return {.upper_left = {std::min(one.x, other.x), std::min(one.y, other.y)},
            .lower_right = {std::max(one.x, other.x), std::max(one.y, other.y)}};
}

/// The unit of a person's lines and points: finer for small people, or it would hide them.
double unit_for(const Sheet& sheet, const PersonFrame& person) noexcept {
    if (!has_bounds(person))
        return sheet.unit;
    const auto [upper_left, lower_right] = bounds_of(sheet, person);
    const double side = std::max(lower_right.x - upper_left.x, lower_right.y - upper_left.y);
    return std::max(sheet.unit * std::clamp(side / (400 * sheet.unit), 0.5, 1.0), 0.5);
}

/// A key point as it is drawn.
struct Joint {
    bool drawn = false;
    Place place;
    BodySide side = BodySide::middle;
    double size = 1;
    double depth = 0;
    double width = 1;
    double opacity = 1;
};

std::vector<Joint> joints_of(const Sheet& sheet, const Skeleton& skeleton, const PersonFrame& person) {
    const std::size_t count = std::min(skeleton.names.size(), person.keypoints_2d.size());
    std::vector<Joint> joints(count);
    for (std::size_t i = 0; i < count; ++i) {
        const Point2 point = person.keypoints_2d[i];
        const PointLook look = look_of_key_point(skeleton.names[i]);
        const float z = i < person.keypoints_3d.size() ? person.keypoints_3d[i].z : 0;
        const float confidence = i < person.keypoints_confidence.size() ? person.keypoints_confidence[i] : 1;
        joints[i] = {.drawn = std::isfinite(point.x) && std::isfinite(point.y),
                     .place = sheet.placed(point.x, point.y),
                     .side = look.side,
                     .size = look.size,
                     .depth = std::isfinite(z) ? static_cast<double>(z) : 0,
                     .width = width_of_depth(z),
                     .opacity = opacity_of_confidence(confidence)};
    }
    return joints;
}

/// The strokes of one colour, and how far away they lie on average.
struct Group {
    Rgb colour;
    std::vector<Stroke> strokes;
    double depth_sum = 0;

    void add(const Stroke& stroke, double depth) {
        strokes.push_back(stroke);
        depth_sum += depth;
    }
    [[nodiscard]] double depth() const noexcept {
        return strokes.empty() ? 0 : depth_sum / static_cast<double>(strokes.size());
    }
};

using Groups = std::vector<Group>;

/// The groups of the sides, in their order, so that equal depths are drawn in it.
Groups groups_of_sides() {
    Groups groups;
    for (const auto side : {BodySide::middle, BodySide::left, BodySide::right, BodySide::face})
        groups.push_back({.colour = colour_of(side), .strokes = {}});
    return groups;
}

Group& group_for(Groups& groups, Rgb colour) {
    const auto found = std::ranges::find(groups, colour, &Group::colour);
    return found != groups.end() ? *found : groups.emplace_back(Group{.colour = colour, .strokes = {}});
}

/// The published one where there is any, else that of the side on which both ends lie.
Rgb colour_of_link(const Skeleton& skeleton, std::size_t link, BodySide one, BodySide other) {
    if (link < skeleton.link_colours.size()) {
        const auto [red, green, blue] = skeleton.link_colours[link];
        return {red, green, blue};
    }
    return colour_of(one == other ? one : BodySide::middle);
}

/// Strokes of all groups with a dark rim first, so that colours stand off any background; then the colours,
/// the far side of the body before the near one.
void paint_groups(const Sheet& sheet, Groups groups, double rim) {
    std::vector<Stroke> rims;
    for (const Group& group : groups)
        for (Stroke stroke : group.strokes) {
            stroke.radius += rim;
            stroke.opacity *= outline_opacity;
            rims.push_back(stroke);
        }
    sheet.paint_in(outline_colour, rims);
    std::ranges::stable_sort(groups, std::ranges::greater{}, &Group::depth);
    for (const Group& group : groups)
        sheet.paint_in(group.colour, group.strokes);
}

void draw_skeleton(const Sheet& sheet, const Skeleton& skeleton, std::span<const Joint> joints, double unit) {
    Groups groups = groups_of_sides();
    const auto known = [&](int index) {
        return index >= 0 && static_cast<std::size_t>(index) < joints.size();
    };
    for (std::size_t i = 0; i < skeleton.links.size(); ++i) {
        const auto [first, second] = skeleton.links[i];
        if (!known(first) || !known(second))
            continue;
        const Joint& one = joints[static_cast<std::size_t>(first)];
        const Joint& other = joints[static_cast<std::size_t>(second)];
        if (!one.drawn || !other.drawn)
            continue;
        const double thin = std::sqrt(std::min(one.size, other.size));
        group_for(groups, colour_of_link(skeleton, i, one.side, other.side))
            .add({.from = one.place,
                  .to = other.place,
                  .radius = 1.2 * unit * thin * (one.width + other.width) / 2,
                  .opacity = std::min(one.opacity, other.opacity)},
                 (one.depth + other.depth) / 2);
    }
    paint_groups(sheet, std::move(groups), unit * 0.75);
}

void draw_key_points(const Sheet& sheet, std::span<const Joint> joints, double unit) {
    Groups groups = groups_of_sides();
    for (const Joint& joint : joints)
        if (joint.drawn)
            group_for(groups, colour_of(joint.side))
                .add({.from = joint.place,
                      .to = joint.place,
                      .radius = 3.3 * unit * joint.size * joint.width,
                      .opacity = joint.opacity},
                     joint.depth);
    paint_groups(sheet, std::move(groups), unit);
}

void draw_box(const Sheet& sheet, const PersonFrame& person) {
    const auto [upper_left, lower_right] = bounds_of(sheet, person);
    const Place upper_right{lower_right.x, upper_left.y};
    const Place lower_left{upper_left.x, lower_right.y};
    const std::array corners{upper_left, upper_right, lower_right, lower_left};
    std::array<Stroke, 4> edges;
    for (std::size_t i = 0; i < edges.size(); ++i)
        edges[i] = {.from = corners[i], .to = corners[(i + 1) % 4], .radius = sheet.unit};
    auto rims = edges;
    for (Stroke& rim : rims) {
        rim.radius += sheet.unit * 0.75;
        rim.opacity = outline_opacity;
    }
    sheet.paint_in(outline_colour, rims);
    sheet.paint_in(colour_of_track(person.track_id), edges);
}

std::string confidence_text(float confidence) {
    std::array<char, 8> text{};
    std::snprintf(text.data(), text.size(), "%.2f", std::clamp(static_cast<double>(confidence), 0.0, 1.0));
    return text.data();
}

/// White digits on a dark plate, above the box's upper left corner, moved into the picture where it would
/// leave it.
void draw_confidence(const Sheet& sheet, const PersonFrame& person) {
    if (!std::isfinite(person.bbox_confidence))
        return;
    const std::string text = confidence_text(person.bbox_confidence);
    const double digit_height = 11 * sheet.unit;
    const double plate_radius = 9.5 * sheet.unit;
    const double plate_width = width_of_digits(text) * digit_height + 2 * plate_radius - 2 * sheet.unit;
    const auto [width, height] = sheet.canvas.size();
    const Place corner = bounds_of(sheet, person).upper_left;
    const double margin = 2 * sheet.unit;
    const auto kept_inside = [&](double start, double length, double end) {
        return std::max(std::min(start, end - length - margin), margin);
    };
    const Place plate{kept_inside(corner.x - sheet.unit, plate_width, width),
                      kept_inside(corner.y - 2 * plate_radius - 3 * sheet.unit, 2 * plate_radius, height)};
    const double middle = plate.y + plate_radius;
    const std::array<Stroke, 1> plate_stroke{{{.from = {plate.x + plate_radius, middle},
                                               .to = {plate.x + plate_width - plate_radius, middle},
                                               .radius = plate_radius,
                                               .opacity = plate_opacity}}};
    sheet.paint_in(plate_colour, plate_stroke);
    const Place digits{plate.x + plate_radius - sheet.unit, middle - digit_height / 2};
    sheet.paint_in(text_colour, strokes_of_digits(text, digits, digit_height, sheet.unit * 0.9));
}

/// The order in which people are drawn: the farthest first.
std::vector<const PersonFrame*> far_to_near(std::span<const PersonFrame> people) {
    std::vector<const PersonFrame*> order(people.size());
    std::ranges::transform(people, order.begin(), [](const PersonFrame& person) { return &person; });
    std::ranges::stable_sort(order, std::ranges::greater{}, [](const PersonFrame* person) {
        return std::isfinite(person->root_translation.z) ? person->root_translation.z : 0.0F;
    });
    return order;
}

}  // namespace

void draw_people(Canvas& canvas, Size source, const Skeleton& skeleton, std::span<const PersonFrame> people,
                 const Overlay& overlay) {
    const Sheet sheet = sheet_on(canvas, source);
    const auto order = far_to_near(people);
    for (const PersonFrame* person : order) {
        const auto joints = joints_of(sheet, skeleton, *person);
        const double unit = unit_for(sheet, *person);
        if (overlay.skeleton)
            draw_skeleton(sheet, skeleton, joints, unit);
        if (overlay.keypoints)
            draw_key_points(sheet, joints, unit);
    }
    for (const PersonFrame* person : order)
        if (overlay.bbox && has_bounds(*person))
            draw_box(sheet, *person);
    for (const PersonFrame* person : order)
        if (overlay.bbox_confidence && has_bounds(*person))
            draw_confidence(sheet, *person);
}

}  // namespace posed::rendering
