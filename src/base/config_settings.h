#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/config.h"

/// The table of settings: for base/config only. One row says everything about a setting; reading, errors,
/// `posed config` and the example file come from it.
namespace posed::settings {

/// What text a setting takes, and where the value goes.
struct Kind {
    std::string allowed;                                         ///< "a whole number from 1 to 9"
    std::function<bool(std::string_view, ServiceConfig&)> read;  ///< false: the text is not allowed
};

enum class Secrecy { open, secret };

struct Setting {
    std::string_view name;
    Kind kind;
    std::string_view
        default_text;  ///< as a person would write it, or, with `computed`, in words; may be empty
    std::string_view description;  ///< a sentence
    Secrecy secrecy = Secrecy::open;
    std::string (*computed_default)(const Surroundings&) = nullptr;
};

[[nodiscard]] std::span<const Setting> all();

/// Nothing for a name that is no setting.
[[nodiscard]] const Setting* find(std::string_view name);

/// The known name that is nearest to `name`, by the number of letters to change, insert or leave out.
[[nodiscard]] std::string nearest_name(std::string_view name);

/// Whether a container platform sets this name for a service called posed (or posed-api, posed_web ...):
/// Kubernetes and Docker describe services to each other as POSED_SERVICE_HOST, POSED_PORT=tcp://10.0.0.7:80,
/// POSED_PORT_80_TCP_ADDR.
[[nodiscard]] bool is_of_container_platform(std::string_view name, std::string_view value);

// Kinds. Bounds are included; an optional member without text stays empty.

[[nodiscard]] Kind text(std::string ServiceConfig::*member);
[[nodiscard]] Kind token(std::optional<std::string> ServiceConfig::*member, std::size_t least_length);
[[nodiscard]] Kind database_url(std::optional<std::string> ServiceConfig::*member);
/// http:// or https://, without a user and password.
[[nodiscard]] Kind web_address(std::optional<std::string> ServiceConfig::*member);
[[nodiscard]] Kind list(std::vector<std::string> ServiceConfig::*member);
[[nodiscard]] Kind folder(std::filesystem::path ServiceConfig::*member);
[[nodiscard]] Kind file(std::filesystem::path ServiceConfig::*member);

/// One that begins with one of `schemes`; the rest is for whoever connects.
[[nodiscard]] Kind url(std::optional<std::string> ServiceConfig::*member,
                       std::vector<std::string_view> schemes);

[[nodiscard]] Kind yes_or_no(bool ServiceConfig::*member);

/// 1048576, 512MiB, 4GiB
[[nodiscard]] Kind bytes(std::int64_t ServiceConfig::*member, std::int64_t least, std::int64_t most);
[[nodiscard]] Kind bytes(std::optional<std::int64_t> ServiceConfig::*member, std::int64_t least,
                         std::int64_t most);

/// 500ms, 90s, 15m, 12h, 30d
[[nodiscard]] Kind duration(std::chrono::milliseconds ServiceConfig::*member, std::chrono::milliseconds least,
                            std::chrono::milliseconds most);
[[nodiscard]] Kind duration(std::optional<std::chrono::milliseconds> ServiceConfig::*member,
                            std::chrono::milliseconds least, std::chrono::milliseconds most);

/// A whole number without a unit, in decimal digits only.
[[nodiscard]] std::optional<std::int64_t> parse_whole(std::string_view text, std::int64_t least,
                                                      std::int64_t most);
[[nodiscard]] std::string allowed_whole(std::int64_t least, std::int64_t most);

/// A member that a whole number makes: an integer, or std::chrono::seconds.
template <class Member>
[[nodiscard]] Kind whole(Member ServiceConfig::*member, std::int64_t least, std::int64_t most) {
    return {allowed_whole(least, most), [=](std::string_view text, ServiceConfig& config) {
                const auto number = parse_whole(text, least, most);
                if (number)
                    config.*member = static_cast<Member>(*number);
                return number.has_value();
            }};
}

/// One of some words.
template <class Value>
[[nodiscard]] Kind one_of(Value ServiceConfig::*member,
                          std::vector<std::pair<std::string_view, Value>> words) {
    std::string allowed = "one of";
    for (const auto& [word, value] : words)
        allowed.append(word == words.front().first ? " " : ", ").append(word);
    return {std::move(allowed), [=](std::string_view text, ServiceConfig& config) {
                const auto found = std::ranges::find(words, text, &std::pair<std::string_view, Value>::first);
                if (found == words.end())
                    return false;
                config.*member = found->second;
                return true;
            }};
}

}  // namespace posed::settings
