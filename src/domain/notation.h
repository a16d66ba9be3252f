#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "domain/geometry.h"

/// Values as people write them, on the command line and in requests. Nothing for any other text.
namespace posed {

/// "25", "29.97" (exactly 2997/100, at most six decimals) or "30000/1001"; in lowest terms, above 0.
[[nodiscard]] std::optional<Rational> rate_in(std::string_view text);

/// The rate that a number stands for whose shortest decimal text has at most six decimals: 29.97 is 2997/100,
/// not the nearest binary number.
[[nodiscard]] std::optional<Rational> rate_from(double number);

/// Frames `begin` to `end` - 1; without an end, all from `begin` on.
struct FrameSpan {
    std::int64_t begin = 0;
    std::optional<std::int64_t> end;

    friend bool operator==(const FrameSpan&, const FrameSpan&) = default;
};

/// "A:B" with 0 <= A <= B, or "A:".
[[nodiscard]] std::optional<FrameSpan> frame_span_in(std::string_view text);

}  // namespace posed
