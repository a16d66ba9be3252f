#include "base/config_settings.h"

#include <algorithm>
#include <iterator>

namespace posed::settings {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::int64_t kibibyte = 1LL << 10, tebibyte = 1LL << 40;
constexpr days far_away{3650};

std::string value_in(const Variables& variables, std::string_view name) {
    const auto found = variables.find(name);
    return found == variables.end() ? std::string() : found->second;
}

/// Where the XDG base directory specification puts data. Empty when nothing says where that is.
std::string data_directory(const Surroundings& surroundings) {
    const std::filesystem::path data = value_in(surroundings.environment, "XDG_DATA_HOME");
    if (data.is_absolute())  // the specification has others ignored
        return data / "posed";
    const std::filesystem::path home = value_in(surroundings.environment, "HOME");
    return home.is_absolute() ? home / ".local/share/posed" : std::filesystem::path();
}

std::filesystem::path prefix_of(const Surroundings& surroundings) {
    return surroundings.program.parent_path().parent_path();
}

std::string module_directory(const Surroundings& surroundings) {
    return prefix_of(surroundings) / "lib/posed";
}

std::string blazepose_directory(const Surroundings& surroundings) {
    return prefix_of(surroundings) / "share/posed/blazepose";
}

std::string log_format(const Surroundings& surroundings) {
    return surroundings.on_terminal ? "text" : "json";
}

/// Decoder, networks and encoder of one task keep about two processors busy.
std::string half_of_the_processors(const Surroundings& surroundings) {
    return std::to_string(std::max(1, surroundings.processors / 2));
}

Kind log_level_kind() {
    return one_of<Log::Level>(&ServiceConfig::log_level, {{"debug", Log::Level::debug},
                                                          {"info", Log::Level::info},
                                                          {"warning", Log::Level::warning},
                                                          {"error", Log::Level::error}});
}

Kind log_format_kind() {
    return one_of<LogFormat>(&ServiceConfig::log_format,
                             {{"text", LogFormat::text}, {"json", LogFormat::json}});
}

Kind s3_addressing_kind() {
    return one_of<bool>(&ServiceConfig::s3_virtual_host, {{"path", false}, {"virtual-host", true}});
}

/// Of servers of others that may take a part of the work.
std::vector<Setting> settings_of_servers() {
    using C = ServiceConfig;
    return {
        {"POSED_REDIS_URL", url(&C::redis_url, {"redis://", "rediss://"}), "",
         "The Redis that wakes workers: redis://USER:PASSWORD@HOST:PORT, with TLS rediss://; without it the "
         "database does.",
         Secrecy::secret},
        {"POSED_REDIS_CA_FILE", file(&C::redis_ca_file), "",
         "Certificates (PEM) of those who may sign that of Redis; without it, those the system trusts."},

        {"POSED_STORE_URL", web_address(&C::store_url), "",
         "The bucket that holds videos and results, https://s3.example.org:9000/bucket; without it, the data "
         "folder."},
        {"POSED_S3_ACCESS_KEY", token(&C::s3_access_key, 3), "", "The key of a user of that bucket.",
         Secrecy::secret},
        {"POSED_S3_SECRET_KEY", token(&C::s3_secret_key, 8), "", "The secret of that key.", Secrecy::secret},
        {"POSED_S3_REGION", text(&C::s3_region), "us-east-1", "The region of that bucket's server."},
        {"POSED_S3_ADDRESSING", s3_addressing_kind(), "path",
         "Where requests name the bucket: in their path, or in the name of the host."},
        {"POSED_S3_CA_FILE", file(&C::s3_ca_file), "",
         "Certificates (PEM) to trust for that server; without it, those that the system trusts."},
        {"POSED_S3_PUBLIC_ENDPOINT", web_address(&C::s3_public_endpoint), "",
         "Where clients reach that server, https://files.example.org: downloads are redirected there."},
    };
}

std::vector<Setting> settings_of_estimators() {
    using C = ServiceConfig;
    return {
        {"POSED_MODULE_DIR", folder(&C::module_directory), "../lib/posed beside the program",
         "Where estimators lie (*.so).", Secrecy::open, &module_directory},
        {"POSED_BLAZEPOSE_DIR", folder(&C::blazepose_directory),
         "../share/posed/blazepose beside the program",
         "Where the networks of @mediapipe/pose lie (*.tflite).", Secrecy::open, &blazepose_directory},
        {"POSED_SAM3DBODY_DIR", folder(&C::sam3dbody_directory), "",
         "Where the files of SAM 3D Body lie as downloaded (model.ckpt, assets/mhr_model.pt)."},
        {"POSED_SAM3DBODY_PROFILE", text(&C::sam3dbody_profile), "upstream",
         "How SAM 3D Body is fed: upstream, as it was trained, or reference, as a known reimplementation "
         "does."},
        {"POSED_SAM3DBODY_PRECISION", text(&C::sam3dbody_precision), "float32",
         "Of its large products: float32, or bfloat16, which is faster where the processor has it."},
        {"POSED_SAM3DBODY_DEVICE", text(&C::sam3dbody_device), "auto",
         "Where it computes: cpu, cuda, cuda:1 for another than the first card, or auto, the first card and "
         "without one the processor."},
        {"POSED_DETECTOR", file(&C::detector), "",
         "A TorchScript detector that finds SAM 3D Body's people, end to end on 640 x 640; without it "
         "blazepose does. "
         "Its code is run: name only a file that you trust."},
    };
}

std::vector<Setting> make_table() {
    using C = ServiceConfig;
    std::vector<Setting> table{
        {"POSED_HOST", text(&C::host), "127.0.0.1",
         "The address to listen on. Any but a loopback address needs POSED_API_TOKEN."},
        {"POSED_PORT", whole(&C::port, 0, 65535), "8000", "The port to listen on; 0 takes any that is free."},
        {"POSED_DATA_DIR", folder(&C::data_directory), "$XDG_DATA_HOME/posed, or ~/.local/share/posed",
         "Where everything is kept for which no other place is named: the database, videos and results.",
         Secrecy::open, &data_directory},
        {"POSED_DATABASE_URL", database_url(&C::database_url), "",
         "The PostgreSQL database; without it, a SQLite database in the data folder.", Secrecy::secret},
        {"POSED_LOG_LEVEL", log_level_kind(), "info", "The least important messages that are written."},
        {"POSED_LOG_FORMAT", log_format_kind(), "text on a terminal, else json",
         "Messages for people, or one JSON object a line.", Secrecy::open, &log_format},

        {"POSED_ALLOWED_HOSTS", list(&C::allowed_hosts), "",
         "Names under which clients may reach the service, besides its address and localhost."},
        {"POSED_CORS_ORIGINS", list(&C::cors_origins), "",
         "Origins of other sites whose pages may use the service: https://app.example.org."},
        {"POSED_API_TOKEN", token(&C::api_token, 16), "",
         "The bearer token that every request must carry; without it none needs one.", Secrecy::secret},
        {"POSED_ALLOW_UNAUTHENTICATED", yes_or_no(&C::allow_unauthenticated), "no",
         "Whether an address that others can reach may be served without a token."},

        {"POSED_DEFAULT_ESTIMATOR", text(&C::default_estimator), "blazepose-full",
         "The estimator of requests that name none."},
        {"POSED_INFERENCE_WORKERS", whole(&C::inference_workers, 0, 256), "1",
         "Processes that estimate; each loads its models once."},
        {"POSED_INFERENCE_SLOTS", whole(&C::inference_slots, 1, 256), "half of the processors",
         "Estimations at a time in each of them.", Secrecy::open, &half_of_the_processors},
        {"POSED_BATCH_SIZE", whole(&C::batch_size, 1, 1024), "",
         "Crops of all its estimations that a worker runs together at most; without it, what suits the "
         "estimator."},
        {"POSED_BATCH_DELAY", duration(&C::batch_delay, milliseconds{1}, seconds{10}), "20ms",
         "How long a crop waits for others that fill its batch."},
        {"POSED_RENDERING_WORKERS", whole(&C::rendering_workers, 0, 256), "1", "Processes that render."},
        {"POSED_RENDERING_SLOTS", whole(&C::rendering_slots, 1, 256), "half of the processors",
         "Visualizations at a time in each of them.", Secrecy::open, &half_of_the_processors},

        {"POSED_MAX_UPLOAD_BYTES", bytes(&C::max_upload_bytes, kibibyte, tebibyte), "4GiB",
         "The largest file that is accepted."},
        {"POSED_MAX_PIXELS", whole(&C::max_pixels, 1, 1LL << 30), "35389440",
         "The largest picture, width times height."},
        {"POSED_MAX_DURATION_SECONDS", whole(&C::max_duration, 1, 864'000), "14400", "The longest video."},
        {"POSED_MAX_FRAME_RATE", whole(&C::max_frame_rate, 1, 100'000), "1000",
         "The most frames of a video in a second."},
        {"POSED_MAX_FRAMES", whole(&C::max_frames, 1, 1'000'000'000), "1000000",
         "The most frames of a video."},
        {"POSED_MAX_STORE_BYTES", bytes(&C::max_store_bytes, kibibyte, 1024 * tebibyte), "",
         "What all videos and results may take together; without it, what the disk has."},

        {"POSED_QUEUE_LIMIT", whole(&C::queue_limit, 1, 10'000'000), "1000",
         "Open tasks at which further ones are refused."},
        {"POSED_TASK_LEASE", duration(&C::task_lease, seconds{1}, minutes{10}), "30s",
         "How long after a worker's last word its tasks are given to others. The same for all processes."},
        {"POSED_TASK_STALL_TIMEOUT", duration(&C::task_stall_timeout, seconds{1}, hours{24}), "120s",
         "How long a task may finish no frame before the attempt is given up."},
        {"POSED_TASK_RETENTION", duration(&C::task_retention, hours{1}, far_away), "30d",
         "How long finished tasks are remembered."},
        {"POSED_RESULT_RETENTION", duration(&C::result_retention, hours{1}, far_away), "",
         "How long videos and results are kept; without it, until they are deleted."},
        {"POSED_JANITOR_PERIOD", duration(&C::janitor_period, milliseconds{100}, hours{24}), "60s",
         "How often deleted files are cleared away."},
        {"POSED_DEEP_HEALTH_TIMEOUT", duration(&C::deep_health_timeout, milliseconds{100}, seconds{60}), "2s",
         "How long the deep health check waits for each part."},
    };
    std::ranges::move(settings_of_estimators(), std::back_inserter(table));
    std::ranges::move(settings_of_servers(), std::back_inserter(table));
    return table;
}

}  // namespace

std::span<const Setting> all() {
    static const std::vector<Setting> table = make_table();
    return table;
}

const Setting* find(std::string_view name) {
    const auto found = std::ranges::find(all(), name, &Setting::name);
    return found == all().end() ? nullptr : &*found;
}

}  // namespace posed::settings
