#include "rendering/digits.h"

#include <array>
#include <cmath>
#include <numbers>

namespace posed::rendering {
namespace {

constexpr double digit_width = 0.58;
constexpr double gap = 0.30;

/// A pen in the unit box of a character: x right 0..0.58, y down 0..1.
class Pen {
  public:
    Pen(std::vector<Stroke>& strokes, Place origin, double height, double radius)
        : strokes_(strokes), origin_(origin), height_(height), radius_(radius) {}

    void move_to(double x, double y) { at_ = placed(x, y); }

    void line_to(double x, double y) {
        const Place to = placed(x, y);
        strokes_.push_back({.from = at_, .to = to, .radius = radius_});
        at_ = to;
    }

    /// Part of an ellipse, angles in degrees clockwise from the right; begins with a line from the pen's
    /// place unless it is already there.
    void arc_to(Place centre, double radius_x, double radius_y, double from, double to) {
        constexpr double step = 15;
        const int pieces = static_cast<int>(std::ceil(std::abs(to - from) / step));
        for (int i = 0; i <= pieces; ++i) {
            const double angle = (from + (to - from) * i / pieces) * std::numbers::pi / 180;
            line_to(centre.x + radius_x * std::cos(angle), centre.y + radius_y * std::sin(angle));
        }
    }

  private:
    [[nodiscard]] Place placed(double x, double y) const {
        return {origin_.x + x * height_, origin_.y + y * height_};
    }

    std::vector<Stroke>& strokes_;
    Place origin_;
    double height_;
    double radius_;
    Place at_;
};

void draw_zero(Pen pen) {
    pen.move_to(0, 0.3);
    pen.arc_to({0.29, 0.3}, 0.29, 0.3, 180, 360);
    pen.arc_to({0.29, 0.7}, 0.29, 0.3, 0, 180);
    pen.line_to(0, 0.3);
}

void draw_one(Pen pen) {
    pen.move_to(0.08, 0.2);
    pen.line_to(0.34, 0);
    pen.line_to(0.34, 1);
}

void draw_two(Pen pen) {
    pen.move_to(0.01, 0.25);
    pen.arc_to({0.29, 0.28}, 0.28, 0.28, 187, 395);
    pen.line_to(0.01, 1);
    pen.line_to(0.58, 1);
}

void draw_three(Pen pen) {
    pen.move_to(0.03, 0.17);
    pen.arc_to({0.28, 0.25}, 0.26, 0.25, 200, 450);
    pen.move_to(0.28, 0.5);
    pen.arc_to({0.28, 0.74}, 0.29, 0.26, 270, 520);
}

void draw_four(Pen pen) {
    pen.move_to(0.44, 1);
    pen.line_to(0.44, 0);
    pen.line_to(0, 0.72);
    pen.line_to(0.6, 0.72);
}

void draw_five(Pen pen) {
    pen.move_to(0.53, 0);
    pen.line_to(0.08, 0);
    pen.line_to(0.05, 0.43);
    pen.arc_to({0.28, 0.67}, 0.3, 0.33, 222, 515);
}

void draw_six(Pen pen) {
    pen.move_to(0.46, 0);
    pen.arc_to({0.58, 0.7}, 0.58, 0.73, 255, 180);
    pen.move_to(0, 0.69);
    pen.arc_to({0.29, 0.69}, 0.29, 0.31, 180, 540);
}

void draw_seven(Pen pen) {
    pen.move_to(0, 0);
    pen.line_to(0.58, 0);
    pen.line_to(0.2, 1);
}

void draw_eight(Pen pen) {
    pen.move_to(0.29, 0.48);
    pen.arc_to({0.29, 0.24}, 0.25, 0.24, 90, 450);
    pen.arc_to({0.29, 0.74}, 0.29, 0.26, 270, 630);
}

void draw_nine(Pen pen) {
    pen.move_to(0.12, 1);
    pen.arc_to({0, 0.3}, 0.58, 0.73, 75, 0);
    pen.move_to(0.58, 0.31);
    pen.arc_to({0.29, 0.31}, 0.29, 0.31, 0, 360);
}

constexpr std::array digit_drawers{draw_zero, draw_one, draw_two,   draw_three, draw_four,
                                   draw_five, draw_six, draw_seven, draw_eight, draw_nine};

double width_of(char character) noexcept {
    return character == '.' ? 0 : digit_width;
}

}  // namespace

double width_of_digits(std::string_view text) noexcept {
    double width = text.empty() ? 0 : gap * static_cast<double>(text.size() - 1);
    for (const char character : text)
        width += width_of(character);
    return width;
}

std::vector<Stroke> strokes_of_digits(std::string_view text, Place upper_left, double height, double radius) {
    std::vector<Stroke> strokes;
    Place origin = upper_left;
    for (const char character : text) {
        Pen pen(strokes, origin, height, radius);
        if (character >= '0' && character <= '9') {
            digit_drawers[static_cast<std::size_t>(character - '0')](pen);
        } else if (character == '.') {
            pen.move_to(0, 1);
            pen.line_to(0, 1);
        }
        origin.x += (width_of(character) + gap) * height;
    }
    return strokes;
}

}  // namespace posed::rendering
