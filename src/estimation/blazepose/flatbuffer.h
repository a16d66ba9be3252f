#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>

#include "base/result.h"

/// A reader of FlatBuffers that trusts nothing: each offset and length is checked against the end of the
/// bytes before it is followed, so hostile bytes cost an error (corrupt_model) and never a read outside.
/// Views only: the bytes belong to the caller and must outlive every table and vector. Layout: the
/// FlatBuffers internals document; little-endian hosts only.
namespace posed::estimation::blazepose {

/// A vector of numbers. Its elements need not be aligned in memory.
template <class T>
class FlatScalars {
    static_assert(std::is_arithmetic_v<T>);

  public:
    FlatScalars() = default;
    explicit FlatScalars(std::span<const std::byte> bytes) noexcept : bytes_(bytes) {}

    [[nodiscard]] std::size_t size() const noexcept { return bytes_.size() / sizeof(T); }
    [[nodiscard]] std::span<const std::byte> bytes() const noexcept { return bytes_; }

    /// `index` is below `size()`.
    [[nodiscard]] T operator[](std::size_t index) const noexcept {
        T value;
        std::memcpy(&value, bytes_.data() + index * sizeof(T), sizeof(T));
        return value;
    }

  private:
    std::span<const std::byte> bytes_;
};

class FlatTables;

/// A table: fields by number, each of which may be absent and then has its default.
class FlatTable {
  public:
    /// The table at `position`. Errors: corrupt_model.
    [[nodiscard]] static Result<FlatTable> at(std::span<const std::byte> buffer, std::uint64_t position);

    template <class T>
    [[nodiscard]] Result<T> scalar(int field, T otherwise) const {
        const auto place = TRY(place_of(field, sizeof(T)));
        if (!place)
            return otherwise;
        T value;
        std::memcpy(&value, buffer_.data() + *place, sizeof(T));
        return value;
    }

    /// An absent vector is empty.
    template <class T>
    [[nodiscard]] Result<FlatScalars<T>> scalars(int field) const {
        return FlatScalars<T>(TRY(vector_bytes(field, sizeof(T))));
    }

    [[nodiscard]] Result<std::optional<FlatTable>> table(int field) const;
    [[nodiscard]] Result<FlatTables> tables(int field) const;

  private:
    FlatTable(std::span<const std::byte> buffer, std::size_t position,
              std::span<const std::byte> offsets) noexcept
        : buffer_(buffer), position_(position), offsets_(offsets) {}

    [[nodiscard]] Result<std::optional<std::size_t>> place_of(int field, std::size_t size) const;
    [[nodiscard]] Result<std::optional<std::uint64_t>> target_of(int field) const;
    [[nodiscard]] Result<std::span<const std::byte>> vector_bytes(int field, std::size_t element_size) const;

    std::span<const std::byte> buffer_;
    std::size_t position_;
    std::span<const std::byte> offsets_;  // of the fields, from `position_`: two bytes each, 0 for absent
};

/// A vector of tables.
class FlatTables {
  public:
    FlatTables(std::span<const std::byte> buffer, FlatScalars<std::uint32_t> offsets) noexcept
        : buffer_(buffer), offsets_(offsets) {}

    [[nodiscard]] std::size_t size() const noexcept { return offsets_.size(); }

    /// Errors: corrupt_model, also for an index past the end.
    [[nodiscard]] Result<FlatTable> at(std::size_t index) const;

  private:
    std::span<const std::byte> buffer_;
    FlatScalars<std::uint32_t> offsets_;
};

/// The table a FlatBuffer begins with. `identifier` is the file kind's four letters. Errors: corrupt_model.
[[nodiscard]] Result<FlatTable> root_of(std::span<const std::byte> buffer, std::string_view identifier);

}  // namespace posed::estimation::blazepose
