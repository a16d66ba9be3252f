#include "base/log.h"

#include <boost/json.hpp>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace posed {
namespace {

spdlog::level::level_enum level_of(Log::Level level) {
    switch (level) {
        case Log::Level::debug:
            return spdlog::level::debug;
        case Log::Level::info:
            return spdlog::level::info;
        case Log::Level::warning:
            return spdlog::level::warn;
        case Log::Level::error:
            return spdlog::level::err;
    }
    return spdlog::level::err;
}

class StandardError final : public Log {
  public:
    StandardError(Level least, LogFormat format)
        : logger_("posed", std::make_shared<spdlog::sinks::stderr_sink_mt>()), format_(format) {
        logger_.set_level(level_of(least));
        logger_.set_pattern(format == LogFormat::text
                                ? "%l: %v"
                                : R"({"time":"%Y-%m-%dT%H:%M:%S.%fZ","level":"%l","message":%v})",
                            spdlog::pattern_time_type::utc);
    }

    void write(Level level, std::string_view message) override {
        if (format_ == LogFormat::text)
            logger_.log(level_of(level), "{}", message);
        else
            logger_.log(level_of(level), "{}", boost::json::serialize(boost::json::string_view(message)));
    }

  private:
    spdlog::logger logger_;
    LogFormat format_;
};

class Silence final : public Log {
  public:
    void write(Level, std::string_view) override {}
};

}  // namespace

std::unique_ptr<Log> log_to_standard_error(Log::Level least, LogFormat format) {
    return std::make_unique<StandardError>(least, format);
}

Log& silent_log() {
    static Silence silence;
    return silence;
}

}  // namespace posed
