#include "commands/options.h"

#include <array>
#include <charconv>
#include <chrono>
#include <cmath>

#include <fmt/format.h>

namespace posed::commands {
namespace {

constexpr double fastest_rate = 1000;
constexpr double longest_seconds = 1e6;

template <class Number>
std::optional<Number> number_in(std::string_view text) {
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size())
        return std::nullopt;
    return number;
}

}  // namespace

Result<Rational> parse_rate(std::string_view text) {
    const auto rate = rate_in(text);
    if (!rate || rate->value() > fastest_rate)
        return fail(Code::invalid_argument, fmt::format("--fps {} is not a frame rate", text),
                    "give a number above 0 and at most 1000, such as 25, 29.97 or 30000/1001");
    return *rate;
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

Result<FrameSpan> parse_frame_range(std::string_view text) {
    const auto span = frame_span_in(text);
    if (!span)
        return fail(Code::invalid_argument, fmt::format("--frames {} is not a range", text),
                    "give A:B for the frames A to B-1, or A: for all from A on, with 0 <= A <= B");
    return *span;
}

}  // namespace posed::commands
