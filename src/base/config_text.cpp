#include <cctype>

#include "base/config_settings.h"

namespace posed {
namespace {

constexpr std::string_view example_head =
    R"(# Every setting of Posed, with its default. Put those that you change into a file `.env` in the folder in which
# Posed is started, or into the environment. Flags win over the environment, the environment over `.env`. A name
# that begins with POSED_ and stands not here is an error. `posed config` shows what holds, and why.
#
# A line is `NAME=value`. Put a value with spaces, quotes, backslashes or dollar signs in single quotes.
)";

std::string capitalised(std::string text) {
    text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
    return text;
}

std::string default_sentence(const settings::Setting& setting) {
    if (setting.default_text.empty())
        return "Not set by default.";
    return std::string("Default: ").append(setting.default_text).append(".");
}

}  // namespace

std::string settings_text(const std::vector<EffectiveSetting>& settings) {
    std::string text;
    for (const auto& setting : settings)
        text += setting.name + "=" + env_file_value(setting.value) + "  # " + setting.source + "\n";
    return text;
}

std::string example_env_file() {
    std::string text(example_head);
    for (const auto& setting : settings::all()) {
        const std::string name(setting.name);
        text.append("\n# ").append(setting.description).append("\n");
        text += "# " + capitalised(setting.kind.allowed) + ". " + default_sentence(setting) + "\n";
        if (setting.secrecy == settings::Secrecy::secret)
            text += "# Secret; " + name + "_FILE names a file that holds it.\n";
        const bool writable = setting.computed_default == nullptr;
        text += "#" + name + "=" + (writable ? env_file_value(setting.default_text) : "") + "\n";
    }
    return text;
}

}  // namespace posed
