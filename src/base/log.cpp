#include "base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include "base/escaped_text.h"
#include "base/json_text.h"

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

void append_value(std::string& line, const LogField::Value& value, LogFormat format) {
    if (const auto* text = std::get_if<std::string_view>(&value)) {
        const bool plain = format == LogFormat::text && text->find_first_of(" =\"") == std::string_view::npos;
        if (plain && !text->empty())
            line += escaped(*text);
        else
            append_json_string(line, *text);
    } else if (const auto* truth = std::get_if<bool>(&value)) {
        line += *truth ? "true" : "false";
    } else if (const auto* whole = std::get_if<std::int64_t>(&value)) {
        append_number(line, *whole);
    } else {
        append_number(line, std::get<double>(value));
    }
}

/// What follows the time: message and fields. For JSON, the members of an object.
std::string line_of(std::string_view message, Log::Fields fields, LogFormat format) {
    std::string line;
    if (format == LogFormat::text) {
        line = escaped(message);
        for (const auto& field : fields) {
            line.append(" ").append(field.name).append("=");
            append_value(line, field.value, format);
        }
        return line;
    }
    line = R"("message":)";
    append_json_string(line, message);
    for (const auto& field : fields) {
        line += ',';
        append_json_string(line, field.name);
        line += ':';
        append_value(line, field.value, format);
    }
    return line;
}

class StandardError final : public Log {
  public:
    StandardError(Level least, LogFormat format)
        : logger_("posed", std::make_shared<spdlog::sinks::stderr_sink_mt>()), format_(format) {
        logger_.set_level(level_of(least));
        logger_.set_pattern(format == LogFormat::text
                                ? "%l: %v"
                                : R"({"time":"%Y-%m-%dT%H:%M:%S.%fZ","level":"%l","pid":)" +
                                      std::to_string(::getpid()) + ",%v}",
                            spdlog::pattern_time_type::utc);
    }

    void write(Level level, std::string_view message, Fields fields) override {
        if (logger_.should_log(level_of(level)))
            logger_.log(level_of(level), spdlog::string_view_t(line_of(message, fields, format_)));
    }

  private:
    spdlog::logger logger_;
    LogFormat format_;
};

class Silence final : public Log {
  public:
    void write(Level, std::string_view, Fields) override {}
};

}  // namespace

void LogWithFields::write(Level level, std::string_view message, Fields fields) {
    std::vector<LogField> all;
    all.reserve(fields_.size() + fields.size());
    for (const auto& [name, text] : fields_)
        all.emplace_back(name, std::string_view(text));
    all.insert(all.end(), fields.begin(), fields.end());
    beneath_.write(level, message, all);
}

std::unique_ptr<Log> log_to_standard_error(Log::Level least, LogFormat format) {
    return std::make_unique<StandardError>(least, format);
}

Log& silent_log() {
    static Silence silence;
    return silence;
}

}  // namespace posed
