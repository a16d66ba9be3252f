#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/random.h"

namespace posed {

/// A new UUID version 7 (RFC 9562) in canonical text: 36 characters, lower case. Those made later sort later,
/// to the microsecond of the clock.
[[nodiscard]] std::string new_uuid_v7(const Clock& clock, Random& random);

struct UuidV7 {
    std::string text;                ///< canonical
    std::chrono::milliseconds time;  ///< when it was made, UTC since 1970-01-01; believe it of our own only

    friend bool operator==(const UuidV7&, const UuidV7&) = default;
};

/// Reads a UUID as clients write them, in either case. Nothing for any other text or version.
[[nodiscard]] std::optional<UuidV7> parse_uuid_v7(std::string_view text);

inline constexpr std::size_t random_token_bytes = 16;

/// A name that nobody guesses and that is never given twice: 16 random bytes as 32 lower-case hexadecimal
/// digits.
[[nodiscard]] std::string random_token(Random& random);

}  // namespace posed
