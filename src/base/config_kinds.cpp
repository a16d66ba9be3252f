#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <utility>

#include "base/config_settings.h"

namespace posed::settings {
namespace {

constexpr std::size_t text_length_max = 4096;

struct Unit {
    std::string_view name;
    std::int64_t size;
};
// Largest first.
constexpr std::array byte_units{Unit{"TiB", 1LL << 40}, Unit{"GiB", 1LL << 30}, Unit{"MiB", 1LL << 20},
                                Unit{"KiB", 1LL << 10}, Unit{"", 1}};
constexpr std::array time_units{Unit{"d", 86'400'000}, Unit{"h", 3'600'000}, Unit{"m", 60'000},
                                Unit{"s", 1000}, Unit{"ms", 1}};

/// A number with one of the units; in the smallest unit.
std::optional<std::int64_t> parse_with_unit(std::string_view text, std::span<const Unit> units,
                                            std::int64_t least, std::int64_t most) {
    const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
    const auto unit = std::ranges::find(units, text.substr(digits), &Unit::name);
    if (unit == units.end())
        return std::nullopt;
    const auto number =
        parse_whole(text.substr(0, digits), 0, std::numeric_limits<std::int64_t>::max() / unit->size);
    if (!number || *number * unit->size < least || *number * unit->size > most)
        return std::nullopt;
    return *number * unit->size;
}

/// In the largest unit that divides it.
std::string with_unit(std::int64_t number, std::span<const Unit> units) {
    const auto unit =
        std::ranges::find_if(units, [=](const Unit& unit) { return number != 0 && number % unit.size == 0; });
    return unit == units.end() ? "0" : std::to_string(number / unit->size).append(unit->name);
}

std::string allowed_with_unit(const std::string& what, std::span<const Unit> units, std::int64_t least,
                              std::int64_t most) {
    return what + " from " + with_unit(least, units) + " to " + with_unit(most, units);
}

/// A host, an origin: printable, without the separators of a list.
bool is_entry(std::string_view text) {
    return !text.empty() &&
           std::ranges::all_of(text, [](char letter) { return letter > ' ' && letter < 0x7F; });
}

std::string_view trimmed(std::string_view text) {
    const auto begin = std::min(text.find_first_not_of(' '), text.size());
    const auto end = text.find_last_not_of(' ');
    return begin == text.size() ? std::string_view{} : text.substr(begin, end - begin + 1);
}

Kind path(std::string allowed, std::filesystem::path ServiceConfig::*member) {
    return {std::move(allowed), [=](std::string_view text, ServiceConfig& config) {
                config.*member = text;
                return text.find('\0') == std::string_view::npos && text.size() <= text_length_max;
            }};
}

template <class Member>
Kind bytes_of(Member ServiceConfig::*member, std::int64_t least, std::int64_t most) {
    return {allowed_with_unit("a number of bytes (512MiB, 4GiB)", byte_units, least, most),
            [=](std::string_view text, ServiceConfig& config) {
                const auto number = parse_with_unit(text, byte_units, least, most);
                if (number)
                    config.*member = *number;
                return number.has_value();
            }};
}

template <class Member>
Kind duration_of(Member ServiceConfig::*member, std::chrono::milliseconds least,
                 std::chrono::milliseconds most) {
    return {
        allowed_with_unit("a duration (500ms, 90s, 15m, 12h, 30d)", time_units, least.count(), most.count()),
        [=](std::string_view text, ServiceConfig& config) {
            const auto number = parse_with_unit(text, time_units, least.count(), most.count());
            if (number)
                config.*member = std::chrono::milliseconds(*number);
            return number.has_value();
        }};
}

}  // namespace

std::optional<std::int64_t> parse_whole(std::string_view text, std::int64_t least, std::int64_t most) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size() || number < least ||
        number > most)
        return std::nullopt;
    return number;
}

std::string allowed_whole(std::int64_t least, std::int64_t most) {
    return "a whole number from " + std::to_string(least) + " to " + std::to_string(most);
}

Kind text(std::string ServiceConfig::*member) {
    return {"a word without spaces", [=](std::string_view text, ServiceConfig& config) {
                config.*member = text;
                return is_entry(text) && text.size() <= text_length_max;
            }};
}

Kind token(std::optional<std::string> ServiceConfig::*member, std::size_t least_length) {
    return {"a word of " + std::to_string(least_length) + " to " + std::to_string(text_length_max) +
                " characters without spaces",
            [=](std::string_view text, ServiceConfig& config) {
                config.*member = text;
                return is_entry(text) && text.size() >= least_length && text.size() <= text_length_max;
            }};
}

Kind web_address(std::optional<std::string> ServiceConfig::*member) {
    return {"an address that begins with http:// or https://, without a password",
            [=](std::string_view text, ServiceConfig& config) {
                config.*member = text;
                return (text.starts_with("http://") || text.starts_with("https://")) && is_entry(text) &&
                       text.find('@') == std::string_view::npos && text.size() <= text_length_max;
            }};
}

Kind database_url(std::optional<std::string> ServiceConfig::*member) {
    return {"an address postgresql://user:password@host:port/name",
            [=](std::string_view text, ServiceConfig& config) {
                config.*member = text;
                return text.starts_with("postgresql://") && is_entry(text) && text.size() <= text_length_max;
            }};
}

Kind list(std::vector<std::string> ServiceConfig::*member) {
    return {"words separated by commas", [=](std::string_view text, ServiceConfig& config) {
                (config.*member).clear();
                while (true) {
                    const auto end = std::min(text.find(','), text.size());
                    const auto entry = trimmed(text.substr(0, end));
                    if (!is_entry(entry))
                        return false;
                    (config.*member).emplace_back(entry);
                    if (end == text.size())
                        return true;
                    text.remove_prefix(end + 1);
                }
            }};
}

Kind folder(std::filesystem::path ServiceConfig::*member) {
    return path("the path of a folder", member);
}

Kind file(std::filesystem::path ServiceConfig::*member) {
    return path("the path of a file", member);
}

Kind url(std::optional<std::string> ServiceConfig::*member, std::vector<std::string_view> schemes) {
    std::string allowed = "a URL that begins with";
    for (const auto scheme : schemes)
        allowed.append(scheme == schemes.front() ? " " : " or ").append(scheme);
    return {std::move(allowed), [=](std::string_view text, ServiceConfig& config) {
                config.*member = text;
                const auto begins = [&](std::string_view scheme) { return text.starts_with(scheme); };
                return is_entry(text) && text.size() <= text_length_max &&
                       std::ranges::any_of(schemes, begins);
            }};
}

Kind yes_or_no(bool ServiceConfig::*member) {
    return one_of<bool>(member, {{"yes", true}, {"no", false}});
}

Kind bytes(std::int64_t ServiceConfig::*member, std::int64_t least, std::int64_t most) {
    return bytes_of(member, least, most);
}

Kind bytes(std::optional<std::int64_t> ServiceConfig::*member, std::int64_t least, std::int64_t most) {
    return bytes_of(member, least, most);
}

Kind duration(std::chrono::milliseconds ServiceConfig::*member, std::chrono::milliseconds least,
              std::chrono::milliseconds most) {
    return duration_of(member, least, most);
}

Kind duration(std::optional<std::chrono::milliseconds> ServiceConfig::*member,
              std::chrono::milliseconds least, std::chrono::milliseconds most) {
    return duration_of(member, least, most);
}

}  // namespace posed::settings
