#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/env_file.h"
#include "base/log.h"
#include "base/result.h"

/// What a person can set. It is read once, at the program's start, and handed on as values.
namespace posed {

/// What every subcommand needs that estimates.
struct Config {
    std::filesystem::path module_directory;     ///< POSED_MODULE_DIR: estimator modules (*.so)
    std::filesystem::path blazepose_directory;  ///< POSED_BLAZEPOSE_DIR: the .tflite files of @mediapipe/pose
    std::filesystem::path sam3dbody_directory =
        {};                                      ///< POSED_SAM3DBODY_DIR: SAM 3D Body as downloaded, or empty
    std::string sam3dbody_profile = "upstream";  ///< POSED_SAM3DBODY_PROFILE: upstream or reference
    std::string sam3dbody_precision = "float32";  ///< POSED_SAM3DBODY_PRECISION: float32 or bfloat16
    std::string sam3dbody_device = "auto";        ///< POSED_SAM3DBODY_DEVICE: auto, cpu, cuda, cuda:1 ...
    std::filesystem::path detector = {};  ///< POSED_DETECTOR: who finds sam-3d-body's people, or empty
};

/// All settings of the service. What each means, may be and is by default says the table in
/// config_settings.cpp, from which config/posed.env.example is written.
struct ServiceConfig : Config {
    std::string host;
    std::uint16_t port = 0;
    std::filesystem::path data_directory;
    std::optional<std::string> database_url;
    std::optional<std::string> store_url;
    bool s3_virtual_host = false;
    std::string s3_region;
    std::optional<std::string> s3_access_key;
    std::optional<std::string> s3_secret_key;
    std::filesystem::path s3_ca_file;
    std::optional<std::string> s3_public_endpoint;
    Log::Level log_level = Log::Level::info;
    LogFormat log_format = LogFormat::text;

    std::vector<std::string> allowed_hosts;
    std::vector<std::string> cors_origins;
    std::optional<std::string> api_token;
    bool allow_unauthenticated = false;

    std::string default_estimator;
    int inference_workers = 0;
    int inference_slots = 0;
    std::optional<int> batch_size;
    std::chrono::milliseconds batch_delay{0};
    int rendering_workers = 0;
    int rendering_slots = 0;

    std::int64_t max_upload_bytes = 0;
    std::int64_t max_pixels = 0;
    std::chrono::seconds max_duration{0};
    int max_frame_rate = 0;
    std::int64_t max_frames = 0;
    std::optional<std::int64_t> max_store_bytes;

    std::optional<std::string> redis_url;
    std::filesystem::path redis_ca_file;

    int queue_limit = 0;
    std::chrono::milliseconds task_lease{0};
    std::chrono::milliseconds task_stall_timeout{0};
    std::chrono::milliseconds task_retention{0};
    std::optional<std::chrono::milliseconds> result_retention;
    std::chrono::milliseconds janitor_period{0};
    std::chrono::milliseconds deep_health_timeout{0};
};

/// What defaults depend on.
struct Surroundings {
    Variables environment;
    std::filesystem::path program;  ///< its estimators and models lie beside it
    int processors = 1;
    bool on_terminal = false;  ///< whether standard error is one
};

/// Of this process. The only place that reads the environment.
[[nodiscard]] Surroundings surroundings_of_this_process();

/// Where settings come from. Flags win over the environment, the environment over the `.env` file, that over
/// defaults. A variable that is set to nothing counts as not set.
struct ConfigSources {
    Variables flags;  ///< under the names of variables: {"POSED_PORT", "8000"}
    Variables env_file;
    Surroundings surroundings;
};

/// The sources of this process, with the `.env` file of the working folder if there is one. Errors: those of
/// reading and parsing that file.
[[nodiscard]] Result<ConfigSources> config_sources_of_this_process(Variables flags);

/// The environment's values, else what lies beside the program (../lib/posed, ../share/posed/blazepose).
[[nodiscard]] Config read_config(const Surroundings& surroundings);

/// Errors: invalid_argument that names everything that is wrong: values outside their range, secrets that
/// cannot be read, names that begin with POSED_ and are no setting (with the nearest that is), settings that
/// do not go together. The names that container platforms give to a service called posed are passed over.
[[nodiscard]] Result<ServiceConfig> read_service_config(const ConfigSources& sources);

/// A setting as it holds, for people.
struct EffectiveSetting {
    std::string name;
    std::string value;   ///< of a secret only that it is set
    std::string source;  ///< "flag", "environment", ".env", "default"

    friend bool operator==(const EffectiveSetting&, const EffectiveSetting&) = default;
};

/// In the order of the table. Errors: as `read_service_config`, for secrets only.
[[nodiscard]] Result<std::vector<EffectiveSetting>> effective_settings(const ConfigSources& sources);

/// A line `NAME=value  # source` each, which is itself a `.env` file.
[[nodiscard]] std::string settings_text(const std::vector<EffectiveSetting>& settings);

/// The text of config/posed.env.example: every setting with its meaning, range and default.
[[nodiscard]] std::string example_env_file();

}  // namespace posed
