#include "base/config.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string_view>
#include <thread>
#include <utility>

#include <unistd.h>

#include "base/byte_source.h"
#include "base/config_settings.h"
#include "base/escaped_text.h"

namespace posed {
namespace {

using settings::Secrecy;
using settings::Setting;

constexpr std::string_view file_suffix = "_FILE";
constexpr std::size_t small_file_bytes_max = 1 << 20;

Result<std::string> read_small_file(const std::filesystem::path& path) {
    const auto file = TRY(open_file(path));
    if (file->size() > small_file_bytes_max)
        return fail(Code::invalid_argument,
                    path.string() + " has " + std::to_string(file->size()) + " bytes, at most 1 MiB is read");
    std::string text(static_cast<std::size_t>(file->size()), '\0');
    text.resize(TRY(file->read_at(0, std::as_writable_bytes(std::span(text)))));
    return text;
}

/// A setting's text and where it comes from.
struct Given {
    std::string text;
    std::string source;
};

/// A variable that is set to something, else nothing.
const std::string* value_in(const Variables& variables, std::string_view name) {
    const auto found = variables.find(name);
    return found == variables.end() || found->second.empty() ? nullptr : &found->second;
}

/// The first line of the file that a secret's NAME_FILE names.
Result<Given> read_secret(const std::string& name, const std::string& path, const char* source) {
    auto text = read_small_file(path);
    if (text.has_error())
        return fail(Code::invalid_argument, name + " (" + source + "): " + text.error().message);
    while (text->ends_with('\n') || text->ends_with('\r'))
        text->pop_back();
    return Given{std::move(*text), std::string(source) + ", " + name};
}

/// One of the places that settings come from: those names in it that are ours.
struct Source {
    const char* name;
    Variables variables;
};

Source source_of(const char* name, Variables variables) {
    std::erase_if(variables, [](const auto& variable) { return !variable.first.starts_with("POSED_"); });
    return {name, std::move(variables)};
}

/// Strongest first.
std::vector<Source> strongest_first(const ConfigSources& sources) {
    auto environment = source_of("environment", sources.surroundings.environment);
    std::erase_if(environment.variables, [](const auto& variable) {
        return settings::is_of_container_platform(variable.first, variable.second);
    });
    return {source_of("flag", sources.flags), std::move(environment), source_of(".env", sources.env_file)};
}

/// What one source says of a setting.
Result<std::optional<Given>> given_by(const Source& source, const Setting& setting) {
    const auto* value = value_in(source.variables, setting.name);
    const auto file_name = std::string(setting.name).append(file_suffix);
    const auto* path = setting.secrecy == Secrecy::secret ? value_in(source.variables, file_name) : nullptr;
    if (value != nullptr && path != nullptr)
        return fail(Code::invalid_argument, std::string(setting.name) + " and " + file_name +
                                                " are both set (" + source.name + "); keep one");
    if (path != nullptr)
        return TRY(read_secret(file_name, *path, source.name));
    if (value != nullptr)
        return Given{*value, source.name};
    return std::nullopt;
}

std::string default_of(const Setting& setting, const Surroundings& surroundings) {
    return setting.computed_default != nullptr ? setting.computed_default(surroundings)
                                               : std::string(setting.default_text);
}

Result<Given> given_for(const Setting& setting, std::span<const Source> sources,
                        const Surroundings& surroundings) {
    for (const auto& source : sources) {
        auto given = TRY(given_by(source, setting));
        if (given)
            return std::move(*given);
    }
    return Given{default_of(setting, surroundings), "default"};
}

/// "POSED_PORT=99999 (environment) is not a whole number from 0 to 65535"; of secrets only the length.
std::string not_allowed(const Setting& setting, const Given& given) {
    const auto value = setting.secrecy == Secrecy::secret
                           ? " of " + std::to_string(given.text.size()) + " characters"
                           : "=" + escaped(given.text);
    return std::string(setting.name) + value + " (" + given.source + ") is not " + setting.kind.allowed;
}

/// Reads the setting's value into `config`; otherwise says what is wrong.
std::optional<std::string> problem_with(const Setting& setting, const Result<Given>& given,
                                        ServiceConfig& config) {
    if (given.has_error())
        return given.error().message;
    if (given->text.empty() || setting.kind.read(given->text, config))
        return std::nullopt;
    return not_allowed(setting, *given);
}

bool is_known(std::string_view name) {
    if (settings::find(name) != nullptr)
        return true;
    if (!name.ends_with(file_suffix))
        return false;
    const auto* setting = settings::find(name.substr(0, name.size() - file_suffix.size()));
    return setting != nullptr && setting->secrecy == Secrecy::secret;
}

void add_unknown_names(std::vector<std::string>& problems, const Source& source) {
    for (const auto& [name, value] : source.variables) {
        if (!is_known(name))
            problems.push_back(escaped(name) + " (" + source.name + ") is no setting; the nearest is " +
                               settings::nearest_name(name));
    }
}

/// A name that begins with 127. may lead anywhere; an address of digits cannot.
bool is_loopback(std::string_view host) {
    return host == "localhost" || host == "::1" ||
           (host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string_view::npos);
}

void add_contradictions(std::vector<std::string>& problems, const ServiceConfig& config) {
    if (config.data_directory.empty())
        problems.emplace_back("POSED_DATA_DIR is not set, and neither XDG_DATA_HOME nor HOME is");
    if (config.store_url && (!config.s3_access_key || !config.s3_secret_key))
        problems.emplace_back("POSED_STORE_URL needs POSED_S3_ACCESS_KEY and POSED_S3_SECRET_KEY");
    if (config.store_url && config.max_store_bytes)
        problems.emplace_back(
            "POSED_MAX_STORE_BYTES is for a data folder; limit the bucket of POSED_STORE_URL by a quota of "
            "its server");
    if (!config.store_url && config.s3_public_endpoint)
        problems.emplace_back("POSED_S3_PUBLIC_ENDPOINT is for a bucket, and POSED_STORE_URL is not set");
    if (!is_loopback(config.host) && !config.api_token && !config.allow_unauthenticated)
        problems.push_back("POSED_HOST=" + config.host +
                           " can be reached from other machines; set POSED_API_TOKEN, or "
                           "POSED_ALLOW_UNAUTHENTICATED=yes to serve everybody");
}

std::string joined(const std::vector<std::string>& problems) {
    std::string text;
    for (const auto& problem : problems)
        text.append(text.empty() ? "" : "; ").append(problem);
    return text;
}

}  // namespace

Surroundings surroundings_of_this_process() {
    Surroundings surroundings{.environment = {},
                              .program = {},
                              .processors = static_cast<int>(std::thread::hardware_concurrency()),
                              .on_terminal = ::isatty(STDERR_FILENO) == 1};
    for (char** variable = ::environ; variable != nullptr && *variable != nullptr; ++variable) {
        const std::string_view text(*variable);
        const auto equals = std::min(text.find('='), text.size());
        surroundings.environment.emplace(text.substr(0, equals),
                                         text.substr(std::min(equals + 1, text.size())));
    }
    std::error_code ignored;
    surroundings.program = std::filesystem::read_symlink("/proc/self/exe", ignored);
    return surroundings;
}

Result<ConfigSources> config_sources_of_this_process(Variables flags) {
    ConfigSources sources{std::move(flags), {}, surroundings_of_this_process()};
    auto text = read_small_file(".env");
    if (text.has_error() && text.error().code == Code::not_found)
        return sources;
    auto variables = parse_env_file(TRY(std::move(text)));
    if (variables.has_error())
        return fail(Code::invalid_argument, ".env, " + variables.error().message);
    sources.env_file = std::move(*variables);
    return sources;
}

Config read_config(const Surroundings& surroundings) {
    const std::array environment{source_of("environment", surroundings.environment)};
    ServiceConfig config;
    for (const auto* name :
         {"POSED_MODULE_DIR", "POSED_BLAZEPOSE_DIR", "POSED_SAM3DBODY_DIR", "POSED_SAM3DBODY_PROFILE",
          "POSED_SAM3DBODY_PRECISION", "POSED_SAM3DBODY_DEVICE", "POSED_DETECTOR"}) {
        const auto& setting = *settings::find(name);
        setting.kind.read(given_for(setting, environment, surroundings).value().text, config);
    }
    const Config& folders = config;  // the rest of it is not read
    return folders;
}

Result<ServiceConfig> read_service_config(const ConfigSources& sources) {
    const auto ordered = strongest_first(sources);
    ServiceConfig config;
    std::vector<std::string> problems;
    for (const auto& setting : settings::all()) {
        const auto given = given_for(setting, ordered, sources.surroundings);
        if (auto problem = problem_with(setting, given, config))
            problems.push_back(std::move(*problem));
    }
    for (const auto& source : ordered)
        add_unknown_names(problems, source);
    if (problems.empty())
        add_contradictions(problems, config);
    if (!problems.empty())
        return fail(Code::invalid_argument, joined(problems),
                    "see `posed config` for what holds and where it is set");
    return config;
}

Result<std::vector<EffectiveSetting>> effective_settings(const ConfigSources& sources) {
    const auto ordered = strongest_first(sources);
    std::vector<EffectiveSetting> effective;
    for (const auto& setting : settings::all()) {
        auto given = TRY(given_for(setting, ordered, sources.surroundings));
        const bool hidden = setting.secrecy == Secrecy::secret && !given.text.empty();
        effective.push_back({std::string(setting.name), hidden ? "********" : std::move(given.text),
                             std::move(given.source)});
    }
    return effective;
}

}  // namespace posed
