#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace posed {

/// Where a part of the program says what happened. Passed to whoever needs it, never global; thread-safe.
class Log {
  public:
    enum class Level { debug, info, warning, error };

    virtual ~Log() = default;
    virtual void write(Level level, std::string_view message) = 0;

    void debug(std::string_view message) { write(Level::debug, message); }
    void info(std::string_view message) { write(Level::info, message); }
    void warning(std::string_view message) { write(Level::warning, message); }
    void error(std::string_view message) { write(Level::error, message); }
};

enum class LogFormat { text, json };

/// Messages of at least `least` on standard error: for people, or one JSON object a line.
[[nodiscard]] std::unique_ptr<Log> log_to_standard_error(Log::Level least, LogFormat format);

/// A log that keeps nothing.
[[nodiscard]] Log& silent_log();

}  // namespace posed
