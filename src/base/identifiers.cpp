#include "base/identifiers.h"

#include <array>
#include <cstdint>

#include "base/digest.h"

namespace posed {
namespace {

constexpr std::string_view digits = "0123456789abcdef";
constexpr std::string_view uuid_v7_pattern = "xxxxxxxx-xxxx-7xxx-yxxx-xxxxxxxxxxxx";  // y: 8, 9, a or b

char lower_case(char letter) noexcept {
    return letter >= 'A' && letter <= 'F' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

bool fits(char letter, char pattern) noexcept {
    switch (pattern) {
        case 'x':
            return digits.find(letter) != std::string_view::npos;
        case 'y':
            return letter == '8' || letter == '9' || letter == 'a' || letter == 'b';
        default:
            return letter == pattern;
    }
}

}  // namespace

std::string new_uuid_v7(const Clock& clock, Random& random) {
    const auto now = clock.now();
    const auto milliseconds = std::chrono::floor<std::chrono::milliseconds>(now);
    const auto rest = now - milliseconds;

    std::array<std::byte, 16> bytes{};
    random.fill(bytes);
    const auto time = static_cast<std::uint64_t>(milliseconds.count());
    for (std::size_t i = 0; i < 6; ++i)
        bytes[i] = static_cast<std::byte>(time >> (8 * (5 - i)));
    // The next 12 bits carry the fraction of the millisecond (RFC 9562, section 6.2, method 3).
    const auto fraction = static_cast<unsigned>(rest.count() * 4096 / 1000);
    bytes[6] = static_cast<std::byte>(0x70U | (fraction >> 8));
    bytes[7] = static_cast<std::byte>(fraction);
    bytes[8] = (bytes[8] & std::byte{0x3F}) | std::byte{0x80};

    auto text = hexadecimal(bytes);
    for (const std::size_t place : {8, 13, 18, 23})
        text.insert(place, 1, '-');
    return text;
}

std::optional<UuidV7> parse_uuid_v7(std::string_view text) {
    if (text.size() != uuid_v7_pattern.size())
        return std::nullopt;
    UuidV7 uuid{std::string(text), {}};
    std::uint64_t time = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char letter = uuid.text[i] = lower_case(text[i]);
        if (!fits(letter, uuid_v7_pattern[i]))
            return std::nullopt;
        if (i < 13 && letter != '-')
            time = (time << 4) | digits.find(letter);
    }
    uuid.time = std::chrono::milliseconds{time};
    return uuid;
}

std::string random_token(Random& random) {
    std::array<std::byte, random_token_bytes> bytes{};
    random.fill(bytes);
    return hexadecimal(bytes);
}

}  // namespace posed
