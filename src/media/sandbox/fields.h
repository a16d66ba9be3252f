#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "domain/frame.h"
#include "domain/video.h"

/// Values as bytes and back. A struct that travels has one function `fields(f, value)`, found by its name,
/// that hands over its members in order; the same function writes and reads. Numbers keep the machine's own
/// form: both ends are one machine. Private to this folder.
namespace posed::media::sandbox {

/// The last value of each enum that travels.
constexpr Log::Level last_of(Log::Level) noexcept {
    return Log::Level::error;
}
constexpr Code last_of(Code) noexcept {
    return Code::internal;
}
constexpr ColourMatrix last_of(ColourMatrix) noexcept {
    return ColourMatrix::bt2020;
}
constexpr ColourRange last_of(ColourRange) noexcept {
    return ColourRange::full;
}
constexpr ChromaSiting last_of(ChromaSiting) noexcept {
    return ChromaSiting::top_left;
}
constexpr TransferFunction last_of(TransferFunction) noexcept {
    return TransferFunction::hlg;
}

template <class Enum>
concept TravellingEnum = std::is_enum_v<Enum> && requires(Enum value) {
    last_of(value);
};

template <class Number>
concept TravellingNumber = std::is_arithmetic_v<Number> && !std::is_same_v<Number, bool>;

class FieldWriter {
  public:
    template <class Value>
    using Of = const Value;

    explicit FieldWriter(std::vector<std::byte>& bytes) noexcept : bytes_(bytes) {}

    template <class... Values>
    void operator()(const Values&... values) {
        (put(values), ...);
    }

  private:
    template <TravellingNumber Number>
    void put(Number value) {
        append(std::as_bytes(std::span(&value, 1)));
    }
    void put(bool value) { put(static_cast<std::uint8_t>(value)); }
    template <TravellingEnum Enum>
    void put(Enum value) {
        put(static_cast<std::int32_t>(value));
    }
    void put(const std::string& text) {
        put(static_cast<std::uint32_t>(text.size()));
        append(std::as_bytes(std::span(text)));
    }
    void put(const std::vector<std::byte>& bytes) {
        put(static_cast<std::uint32_t>(bytes.size()));
        append(bytes);
    }
    void put(const std::vector<std::string>& texts) {
        put(static_cast<std::uint32_t>(texts.size()));
        for (const auto& text : texts)
            put(text);
    }
    void put(std::chrono::microseconds time) { put(std::int64_t{time.count()}); }
    template <class Value>
    void put(const std::optional<Value>& value) {
        put(value.has_value());
        if (value)
            put(*value);
    }
    template <class Struct>
    requires std::is_class_v<Struct>
    void put(const Struct& value) { fields(*this, value); }
    void append(std::span<const std::byte> bytes) {
        const auto end = bytes_.size();
        bytes_.resize(end + bytes.size());
        if (!bytes.empty())
            std::memcpy(bytes_.data() + end, bytes.data(), bytes.size());
    }

    std::vector<std::byte>& bytes_;
};

/// Trusts nothing: after the first field that is cut off or out of its range, everything reads as zero and
/// `read_all` is false.
class FieldReader {
  public:
    template <class Value>
    using Of = Value;

    explicit FieldReader(std::span<const std::byte> bytes) noexcept : rest_(bytes) {}

    template <class... Values>
    void operator()(Values&... values) {
        (get(values), ...);
    }

    /// Whether every field was there and sound, and nothing came after the last.
    [[nodiscard]] bool read_all() const noexcept { return sound_ && rest_.empty(); }

  private:
    template <TravellingNumber Number>
    void get(Number& value) {
        const auto bytes = take(sizeof value);
        if (!bytes.empty())
            std::memcpy(&value, bytes.data(), sizeof value);
        else
            value = 0;
    }
    void get(bool& value) {
        std::uint8_t number = 0;
        get(number);
        sound_ = sound_ && number <= 1;
        value = number == 1;
    }
    template <TravellingEnum Enum>
    void get(Enum& value) {
        std::int32_t number = 0;
        get(number);
        sound_ = sound_ && number >= 0 && number <= static_cast<std::int32_t>(last_of(value));
        value = static_cast<Enum>(sound_ ? number : 0);
    }
    void get(std::string& text) {
        const auto bytes = take_counted();
        text.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    }
    void get(std::vector<std::byte>& value) {
        const auto bytes = take_counted();
        value.assign(bytes.begin(), bytes.end());
    }
    void get(std::vector<std::string>& texts) {
        std::uint32_t count = 0;
        get(count);
        texts.clear();
        for (std::uint32_t i = 0; i < count && sound_; ++i)
            get(texts.emplace_back());
    }
    void get(std::chrono::microseconds& time) {
        std::int64_t count = 0;
        get(count);
        time = std::chrono::microseconds(count);
    }
    template <class Value>
    void get(std::optional<Value>& value) {
        bool has_value = false;
        get(has_value);
        value.reset();
        if (has_value)
            get(value.emplace());
    }
    template <class Struct>
    requires std::is_class_v<Struct>
    void get(Struct& value) { fields(*this, value); }

    [[nodiscard]] std::span<const std::byte> take_counted() {
        std::uint32_t count = 0;
        get(count);
        return take(count);
    }

    [[nodiscard]] std::span<const std::byte> take(std::size_t count) {
        sound_ = sound_ && count <= rest_.size();
        if (!sound_)
            return {};
        const auto taken = rest_.first(count);
        rest_ = rest_.subspan(count);
        return taken;
    }

    std::span<const std::byte> rest_;
    bool sound_ = true;
};

}  // namespace posed::media::sandbox
