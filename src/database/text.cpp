#include <string>

#include "database/database.h"

namespace posed::database {
namespace {

/// The length of the UTF-8 character at the beginning of `text`, by table 3-7 of the Unicode standard: no
/// overlong forms, no surrogates, nothing above U+10FFFF. 0 when there is none.
std::size_t character_length(std::string_view text) noexcept {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const auto first = byte(0);
    if (first < 0x80)
        return 1;
    const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || text.size() < length)
        return 0;
    const unsigned lowest = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    const unsigned highest = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    if (byte(1) < lowest || byte(1) > highest)
        return 0;
    for (std::size_t i = 2; i < length; ++i)
        if (byte(i) < 0x80 || byte(i) > 0xbf)
            return 0;
    return length;
}

}  // namespace

Result<> check_text(std::string_view what, std::string_view text) {
    for (std::size_t i = 0; i < text.size();) {
        const auto length = character_length(text.substr(i));
        if (length == 0 || text[i] == '\0')
            return fail(Code::invalid_argument, std::string(what) +
                                                    (length == 0 ? " is not UTF-8" : " holds a NUL byte") +
                                                    " at byte " + std::to_string(i));
        i += length;
    }
    return {};
}

}  // namespace posed::database
