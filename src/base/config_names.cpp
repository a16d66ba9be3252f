#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

#include "base/config_settings.h"

namespace posed::settings {
namespace {

/// Levenshtein's distance, row by row.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j < row.size(); ++j)
        row[j] = j;
    for (std::size_t i = 0; i < a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i + 1;
        for (std::size_t j = 0; j < b.size(); ++j) {
            const auto changed = diagonal + (a[i] == b[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({changed, row[j] + 1, row[j + 1] + 1});
        }
    }
    return row.back();
}

/// Takes digits from the front; false when there are none.
bool take_digits(std::string_view& text) {
    const auto count = std::min(text.find_first_not_of("0123456789"), text.size());
    text.remove_prefix(count);
    return count > 0;
}

bool take(std::string_view& text, std::string_view prefix) {
    if (!text.starts_with(prefix))
        return false;
    text.remove_prefix(prefix.size());
    return true;
}

/// What follows `_PORT_` in the name of a published port: 80_TCP, 80_TCP_ADDR.
bool is_published_port(std::string_view text) {
    constexpr std::array endings{"", "_PROTO", "_PORT", "_ADDR"};
    return take_digits(text) && (take(text, "_TCP") || take(text, "_UDP") || take(text, "_SCTP")) &&
           std::ranges::find(endings, text) != endings.end();
}

}  // namespace

std::string nearest_name(std::string_view name) {
    const auto nearest = std::ranges::min_element(
        all(), {}, [=](const Setting& setting) { return distance(name, setting.name); });
    return std::string(nearest->name);
}

bool is_of_container_platform(std::string_view name, std::string_view value) {
    if (name.ends_with("_SERVICE_HOST") || name.ends_with("_SERVICE_PORT") ||
        name.find("_SERVICE_PORT_") != std::string_view::npos)
        return true;
    if (name.ends_with("_PORT") && value.find("://") != std::string_view::npos)
        return true;
    const auto port = name.rfind("_PORT_");
    // The name of a port's port ends in a second _PORT, without more behind it.
    return port != std::string_view::npos && is_published_port(name.substr(port + 6));
}

}  // namespace posed::settings
