#include "domain/notation.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <numeric>

namespace posed {
namespace {

constexpr std::size_t decimals_max = 6;
constexpr std::int64_t whole_max = 1'000'000'000;  ///< times a million it still fits

std::optional<std::int64_t> whole_in(std::string_view text) {
    std::int64_t number = 0;
    const auto* const last = text.data() + text.size();
    const auto [end, error] = std::from_chars(text.data(), last, number);
    if (error != std::errc{} || end != last || text.front() == '-')
        return std::nullopt;
    return number;
}

std::optional<Rational> fraction_in(std::string_view text) {
    const auto slash = text.find('/');
    const auto numerator = whole_in(text.substr(0, slash));
    const auto denominator = whole_in(text.substr(slash + 1));
    if (!numerator || !denominator || *denominator == 0)
        return std::nullopt;
    return Rational{*numerator, *denominator};
}

std::optional<Rational> decimal_in(std::string_view text) {
    const auto point = std::min(text.find('.'), text.size());
    const auto decimals = text.substr(std::min(point + 1, text.size()));
    const auto whole = whole_in(text.substr(0, point));
    const auto part = decimals.empty() ? std::optional<std::int64_t>(0) : whole_in(decimals);
    if (!whole || !part || *whole > whole_max || decimals.size() > decimals_max)
        return std::nullopt;
    Rational rate{0, 1};
    for (std::size_t i = 0; i < decimals.size(); ++i)
        rate.denominator *= 10;
    rate.numerator = *whole * rate.denominator + *part;
    return rate;
}

}  // namespace

std::optional<Rational> rate_in(std::string_view text) {
    const auto rate = text.find('/') != std::string_view::npos ? fraction_in(text) : decimal_in(text);
    if (!rate || rate->numerator == 0)
        return std::nullopt;
    const auto divisor = std::gcd(rate->numerator, rate->denominator);
    return Rational{rate->numerator / divisor, rate->denominator / divisor};
}

std::optional<Rational> rate_from(double number) {
    std::array<char, 32> text{};
    const auto [end, error] =
        std::to_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
    if (error != std::errc{})
        return std::nullopt;
    return rate_in({text.data(), static_cast<std::size_t>(end - text.data())});
}

std::optional<FrameSpan> frame_span_in(std::string_view text) {
    const auto colon = text.find(':');
    if (colon == std::string_view::npos)
        return std::nullopt;
    const auto begin = whole_in(text.substr(0, colon));
    const auto rest = text.substr(colon + 1);
    const auto end = whole_in(rest);
    if (!begin || (!rest.empty() && (!end || *end < *begin)))
        return std::nullopt;
    return FrameSpan{*begin, end};
}

}  // namespace posed
