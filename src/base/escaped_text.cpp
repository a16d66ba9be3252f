#include "base/escaped_text.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace posed {
namespace {

/// A step through text: a character of Unicode, or one byte that is none.
struct Step {
    std::size_t bytes = 1;
    std::uint32_t character = 0;
    bool valid = false;
};

/// The lengths of UTF-8 sequences, told by their first byte, with what they may encode (RFC 3629).
struct SequenceForm {
    std::uint8_t mask, lead;
    std::size_t bytes;
    std::uint32_t least, most;
};
constexpr std::array forms{SequenceForm{0x80, 0x00, 1, 0x00, 0x7F}, SequenceForm{0xE0, 0xC0, 2, 0x80, 0x7FF},
                           SequenceForm{0xF0, 0xE0, 3, 0x800, 0xFFFF},
                           SequenceForm{0xF8, 0xF0, 4, 0x10000, 0x10FFFF}};

Step first_step(std::string_view text) noexcept {
    const auto lead = static_cast<std::uint8_t>(text.front());
    for (const auto& form : forms) {
        if ((lead & form.mask) != form.lead)
            continue;
        if (text.size() < form.bytes)
            return {.character = lead};
        auto character = static_cast<std::uint32_t>(lead & static_cast<std::uint8_t>(~form.mask));
        for (std::size_t i = 1; i < form.bytes; ++i) {
            const auto next = static_cast<std::uint8_t>(text[i]);
            if ((next & 0xC0) != 0x80)
                return {.character = lead};
            character = (character << 6) | (next & 0x3F);
        }
        const bool surrogate = character >= 0xD800 && character <= 0xDFFF;
        if (character < form.least || character > form.most || surrogate)
            return {.character = lead};
        return {.bytes = form.bytes, .character = character, .valid = true};
    }
    return {.character = lead};
}

/// C0, DEL and C1: what terminals obey. And the two line ends of Unicode.
bool is_control(std::uint32_t character) noexcept {
    return character < 0x20 || (character >= 0x7F && character < 0xA0) || character == 0x2028 ||
           character == 0x2029;
}

/// So many characters at the front stand for themselves in JSON, a line and a terminal alike: nearly all of
/// what is written, which goes over in one piece.
std::size_t plain_prefix(std::string_view text) noexcept {
    const auto* const end = std::ranges::find_if_not(text, [](char character) {
        return character >= 0x20 && character < 0x7F && character != '"' && character != '\\';
    });
    return static_cast<std::size_t>(end - text.begin());
}

void append_hexadecimal(std::string& target, std::uint32_t number, int digits) {
    for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4)
        target += "0123456789abcdef"[(number >> shift) & 0xF];
}

/// The letter of the short escape, \n and its like; 0 where there is none.
char short_escape(std::uint32_t character) noexcept {
    switch (character) {
        case '\n':
            return 'n';
        case '\r':
            return 'r';
        case '\t':
            return 't';
        default:
            return 0;
    }
}

void append_control(std::string& target, std::uint32_t character) {
    if (const char letter = short_escape(character); letter != 0) {
        target += '\\';
        target += letter;
        return;
    }
    target += character > 0xFF ? "\\u" : "\\x";
    append_hexadecimal(target, character, character > 0xFF ? 4 : 2);
}

void append_json_control(std::string& target, std::uint32_t character) {
    if (const char letter = short_escape(character); letter != 0) {
        target += '\\';
        target += letter;
        return;
    }
    target += "\\u";
    append_hexadecimal(target, character, 4);
}

}  // namespace

std::string escaped(std::string_view text) {
    std::string result;
    result.reserve(text.size());
    while (true) {
        const auto plain = plain_prefix(text);
        result += text.substr(0, plain);
        text.remove_prefix(plain);
        if (text.empty())
            return result;
        const auto step = first_step(text);
        if (!step.valid || is_control(step.character))
            append_control(result, step.character);
        else
            result += text.substr(0, step.bytes);
        text.remove_prefix(step.bytes);
    }
}

void append_json_string(std::string& target, std::string_view text) {
    target += '"';
    while (true) {
        const auto plain = plain_prefix(text);
        target += text.substr(0, plain);
        text.remove_prefix(plain);
        if (text.empty())
            break;
        const auto step = first_step(text);
        if (!step.valid) {
            target += "\\\\x";
            append_hexadecimal(target, step.character, 2);
        } else if (is_control(step.character)) {
            append_json_control(target, step.character);
        } else {
            if (step.character == '"' || step.character == '\\')
                target += '\\';
            target += text.substr(0, step.bytes);
        }
        text.remove_prefix(step.bytes);
    }
    target += '"';
}

std::string percent_encoded(std::string_view text) {
    constexpr std::string_view plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string encoded;
    for (const char byte : text) {
        if (plain.find(byte) != std::string_view::npos) {
            encoded += byte;
            continue;
        }
        const auto value = static_cast<std::uint8_t>(byte);
        encoded += {'%', digits[value / 16], digits[value % 16]};
    }
    return encoded;
}

}  // namespace posed
