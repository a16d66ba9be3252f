#include "api/json_output.h"

#include <fmt/format.h>

#include "api/target.h"

namespace posed::api {
namespace {

void append_escaped(std::string& json, char byte) {
    constexpr const char* digits = "0123456789abcdef";
    switch (byte) {
        case '"':
            json += "\\\"";
            break;
        case '\\':
            json += "\\\\";
            break;
        case '\n':
            json += "\\n";
            break;
        case '\r':
            json += "\\r";
            break;
        case '\t':
            json += "\\t";
            break;
        default:
            json += {'\\', 'u', '0', '0', digits[byte / 16], digits[byte % 16]};
    }
}

bool needs_escape(char byte) noexcept {
    return (byte >= 0 && byte < ' ') || byte == '"' || byte == '\\';
}

/// For text that is no UTF-8, a file name for instance: every byte beyond ASCII is replaced.
void append_repaired(std::string& json, std::string_view text) {
    for (const char byte : text) {
        if (byte < 0)
            json += "\xef\xbf\xbd";
        else if (needs_escape(byte))
            append_escaped(json, byte);
        else
            json += byte;
    }
}

}  // namespace

std::string rfc3339(Timestamp time) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
    const auto days = std::chrono::floor<std::chrono::days>(seconds);
    const std::chrono::year_month_day date(days);
    const std::chrono::hh_mm_ss clock(seconds - days);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                       clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
                       (time - seconds).count());
}

void append_json_string(std::string& json, std::string_view text) {
    json += '"';
    if (is_utf8(text)) {
        for (const char byte : text) {
            if (needs_escape(byte))
                append_escaped(json, byte);
            else
                json += byte;
        }
    } else {
        append_repaired(json, text);
    }
    json += '"';
}

}  // namespace posed::api
