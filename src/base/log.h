#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace posed {

/// A fact beside a message: {"task_id", id}, {"frames", 250}. Refers to its texts, so it lives as long as the
/// call that it is an argument of. Names are snake_case, and none of time, level, pid and message.
struct LogField {
    using Value = std::variant<std::string_view, std::int64_t, double, bool>;

    LogField(std::string_view field_name, std::string_view text) : name(field_name), value(text) {}

    template <class Number>
    requires std::is_arithmetic_v<Number> LogField(std::string_view field_name, Number number)
        : name(field_name), value(widened(number)) {}

    std::string_view name;
    Value value;

  private:
    template <class Number>
    static Value widened(Number number) {
        if constexpr (std::is_same_v<Number, bool>)
            return number;
        else if constexpr (std::is_integral_v<Number>)
            return static_cast<std::int64_t>(number);
        else
            return static_cast<double>(number);
    }
};

/// Where a part of the program says what happened. Passed to whoever needs it, never global; thread-safe.
class Log {
  public:
    enum class Level { debug, info, warning, error };
    using Fields = std::span<const LogField>;

    virtual ~Log() = default;
    virtual void write(Level level, std::string_view message, Fields fields) = 0;

    void write(Level level, std::string_view message) { write(level, message, Fields{}); }
    void debug(std::string_view message, std::initializer_list<LogField> fields = {}) {
        write(Level::debug, message, fields);
    }
    void info(std::string_view message, std::initializer_list<LogField> fields = {}) {
        write(Level::info, message, fields);
    }
    void warning(std::string_view message, std::initializer_list<LogField> fields = {}) {
        write(Level::warning, message, fields);
    }
    void error(std::string_view message, std::initializer_list<LogField> fields = {}) {
        write(Level::error, message, fields);
    }
};

/// Adds the same fields to everything that is written through it, before the message's own: the component of
/// a part, the id of a request or task. `beneath` must outlive it.
class LogWithFields final : public Log {
  public:
    using TextField = std::pair<std::string, std::string>;  ///< name, value

    LogWithFields(Log& beneath, std::vector<TextField> fields)
        : beneath_(beneath), fields_(std::move(fields)) {}

    void write(Level level, std::string_view message, Fields fields) override;

  private:
    Log& beneath_;
    std::vector<TextField> fields_;
};

enum class LogFormat { text, json };

/// Messages of at least `least` on standard error, one a line whatever they contain: control characters and
/// bytes that are not UTF-8 are escaped. As text for people, `level: message name=value`, or as JSON for
/// programs: time (UTC, microseconds), level, pid, message, then the fields.
[[nodiscard]] std::unique_ptr<Log> log_to_standard_error(Log::Level least, LogFormat format);

/// A log that keeps nothing.
[[nodiscard]] Log& silent_log();

}  // namespace posed
