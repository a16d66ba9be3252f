#include "rendering/appearance.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <initializer_list>

namespace posed::rendering {
namespace {

/// Whether one of the words between the underscores of `name` is among `words`.
bool has_word(std::string_view name, std::initializer_list<std::string_view> words) noexcept {
    while (true) {
        const std::size_t end = std::min(name.find('_'), name.size());
        if (std::ranges::find(words, name.substr(0, end)) != words.end())
            return true;
        if (end == name.size())
            return false;
        name.remove_prefix(end + 1);
    }
}

}  // namespace

PointLook look_of_key_point(std::string_view name) noexcept {
    if (has_word(name, {"nose", "eye", "ear", "mouth"}))
        return {.side = BodySide::face, .size = 0.62};
    const bool foot = has_word(name, {"foot", "toe", "heel"});
    const bool finger = !foot && has_word(name, {"thumb", "index", "middle", "ring", "pinky"});
    const BodySide side = has_word(name, {"left"})    ? BodySide::left
                          : has_word(name, {"right"}) ? BodySide::right
                                                      : BodySide::middle;
    return {.side = side, .size = finger ? 0.7 : foot ? 0.85 : 1};
}

Rgb colour_of(BodySide side) noexcept {
    switch (side) {
        case BodySide::middle:
            return {240, 244, 248};
        case BodySide::left:
            return {255, 138, 31};
        case BodySide::right:
            return {36, 178, 255};
        case BodySide::face:
            return {206, 160, 255};
    }
    return {};
}

Rgb colour_of_track(int track_id) noexcept {
    constexpr std::array<Rgb, 6> palette{
        {{64, 224, 150}, {255, 209, 64}, {255, 105, 150}, {96, 200, 255}, {190, 140, 255}, {255, 150, 70}}};
    constexpr int count = static_cast<int>(palette.size());
    return palette[static_cast<std::size_t>((track_id % count + count) % count)];
}

double opacity_of_confidence(float confidence) noexcept {
    constexpr double faint = 0.15;
    if (!std::isfinite(confidence))
        return faint;
    return std::clamp(faint + (1 - faint) * (static_cast<double>(confidence) - 0.1) / 0.5, faint, 1.0);
}

double width_of_depth(float z) noexcept {
    return std::isfinite(z) ? std::clamp(1 - 0.6 * static_cast<double>(z), 0.75, 1.35) : 1;
}

}  // namespace posed::rendering
