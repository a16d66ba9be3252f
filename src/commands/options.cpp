#include "commands/options.h"

#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

namespace posed::commands {
namespace {

constexpr std::int64_t fastest_rate = 1000;
constexpr double longest_seconds = 1e6;

template <class Number>
std::optional<Number> number_in(std::string_view text) {
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size())
        return std::nullopt;
    return number;
}

std::optional<Rational> fraction_in(std::string_view text) {
    const auto slash = text.find('/');
    const auto numerator = number_in<std::int64_t>(text.substr(0, slash));
    const auto denominator = number_in<std::int64_t>(text.substr(slash + 1));
    if (!numerator || !denominator || *numerator <= 0 || *denominator <= 0)
        return std::nullopt;
    return Rational{*numerator, *denominator};
}

/// "29.97" is 2997/100, not the nearest binary number.
std::optional<Rational> decimal_in(std::string_view text) {
    const auto point = std::min(text.find('.'), text.size());
    const auto fraction = text.substr(std::min(point + 1, text.size()));
    if (text.empty() || fraction.size() > 6 ||
        text.find_first_not_of("0123456789.") != std::string_view::npos)
        return std::nullopt;
    Rational rate{0, 1};
    for (std::size_t i = 0; i < fraction.size(); ++i)
        rate.denominator *= 10;
    const auto whole = number_in<std::int64_t>(text.substr(0, point));
    const auto part = fraction.empty() ? std::optional<std::int64_t>(0) : number_in<std::int64_t>(fraction);
    if (!whole || !part || *whole > fastest_rate)
        return std::nullopt;
    rate.numerator = *whole * rate.denominator + *part;
    return rate;
}

}  // namespace

Result<Rational> parse_rate(std::string_view text) {
    const auto parsed = text.find('/') != std::string_view::npos ? fraction_in(text) : decimal_in(text);
    if (!parsed || parsed->numerator <= 0 || parsed->value() > fastest_rate)
        return fail(Code::invalid_argument, fmt::format("--fps {} is not a frame rate", text),
                    "give a number above 0 and at most 1000, such as 25, 29.97 or 30000/1001");
    const auto divisor = std::gcd(parsed->numerator, parsed->denominator);
    return Rational{parsed->numerator / divisor, parsed->denominator / divisor};
}

Result<Microseconds> parse_seconds(std::string_view option, double seconds) {
    if (!(seconds >= 0 && seconds <= longest_seconds))
        return fail(Code::invalid_argument, fmt::format("{} {} is out of range", option, seconds),
                    "give seconds from 0 to 1000000");
    return Microseconds(std::llround(seconds * 1e6));
}

Result<Camera> parse_camera(std::string_view text) {
    std::array<double, 4> values{};
    std::size_t begin = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
        const auto end = i + 1 < values.size() ? text.find(',', begin) : text.size();
        const auto value =
            end == std::string_view::npos ? std::nullopt : number_in<double>(text.substr(begin, end - begin));
        if (!value || !std::isfinite(*value) || (i < 2 && *value <= 0))
            return fail(Code::invalid_argument, fmt::format("--camera {} is not a camera", text),
                        "give fx,fy,cx,cy in pixels of the upright picture, fx and fy above 0");
        values[i] = *value;
        begin = end + 1;
    }
    return Camera{.fx = values[0], .fy = values[1], .cx = values[2], .cy = values[3]};
}

Result<FrameRange> parse_frame_range(std::string_view text) {
    const auto colon = text.find(':');
    const auto begin = number_in<std::int64_t>(text.substr(0, colon));
    const auto rest = colon == std::string_view::npos ? std::string_view("?") : text.substr(colon + 1);
    const auto end = number_in<std::int64_t>(rest);
    if (!begin || *begin < 0 || (!rest.empty() && (!end || *end < *begin)))
        return fail(Code::invalid_argument, fmt::format("--frames {} is not a range", text),
                    "give A:B for the frames A to B-1, or A: for all from A on, with 0 <= A <= B");
    return FrameRange{*begin, end};
}

}  // namespace posed::commands
