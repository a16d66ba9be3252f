#pragma once

#include <charconv>
#include <cmath>
#include <string>

namespace posed::results {

/// Appends the shortest text that reads back as the same number, whatever the locale; `none` for NaN and
/// infinity.
template <class T>
void append_number(std::string& text, T number, const char* none = "null") {
    if constexpr (std::is_floating_point_v<T>) {
        if (!std::isfinite(number)) {
            text += none;
            return;
        }
    }
    char digits[32];
    const auto end = std::to_chars(digits, digits + sizeof(digits), number).ptr;
    text.append(digits, end);
}

}  // namespace posed::results
