#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

/// What goes into a statement and what comes out: plain values, whatever the database.
namespace posed::database {

/// One SQL value. Times are microseconds since 1970 (UTC), truth is 0 or 1. Text is UTF-8 without NUL.
class Value {
  public:
    using Content = std::variant<std::monostate, std::int64_t, double, std::string>;

    // A value stands for itself: `{"id", id}`.
    // NOLINTBEGIN(google-explicit-constructor)
    Value() = default;  ///< NULL
    Value(std::integral auto number) : content_(static_cast<std::int64_t>(number)) {}
    Value(std::floating_point auto number) : content_(static_cast<double>(number)) {}
    Value(std::chrono::microseconds time) : content_(std::int64_t{time.count()}) {}
    Value(std::string text) : content_(std::move(text)) {}
    Value(std::string_view text) : content_(std::string(text)) {}
    Value(const char* text) : content_(std::string(text)) {}
    Value(std::nullopt_t) {}
    template <class T>
    Value(const std::optional<T>& value) {
        if (value)
            content_ = Value(*value).content_;
    }
    // NOLINTEND(google-explicit-constructor)

    [[nodiscard]] const Content& content() const noexcept { return content_; }

    friend bool operator==(const Value&, const Value&) = default;

  private:
    Content content_;
};

/// The value for `:name`, without the colon. The name must outlive the call it is given to.
struct Parameter {
    std::string_view name;
    Value value;
};

using Parameters = std::vector<Parameter>;

/// A row of an answer. A value of its own, free of the transaction that read it.
class Row {
  public:
    using Columns = std::vector<std::string>;

    Row(std::shared_ptr<const Columns> columns, std::vector<Value> values) noexcept
        : columns_(std::move(columns)), values_(std::move(values)) {}

    /// The column as std::int64_t, int, bool, double, std::string, std::chrono::microseconds, or
    /// std::optional of one of them. A column that is not there, NULL without an optional or another type is
    /// a mistake in the program: std::logic_error.
    template <class T>
    [[nodiscard]] T get(std::string_view column) const {
        T result{};
        read(column, result);
        return result;
    }

  private:
    [[nodiscard]] const Value& at(std::string_view column) const;

    void read(std::string_view column, std::int64_t& result) const;
    void read(std::string_view column, int& result) const;
    void read(std::string_view column, bool& result) const;
    void read(std::string_view column, double& result) const;
    void read(std::string_view column, std::string& result) const;
    void read(std::string_view column, std::chrono::microseconds& result) const;

    template <class T>
    void read(std::string_view column, std::optional<T>& result) const {
        if (!std::holds_alternative<std::monostate>(at(column).content()))
            read(column, result.emplace());
    }

    std::shared_ptr<const Columns> columns_;
    std::vector<Value> values_;
};

using Rows = std::vector<Row>;

}  // namespace posed::database
