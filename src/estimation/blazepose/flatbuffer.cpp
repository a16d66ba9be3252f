#include "estimation/blazepose/flatbuffer.h"

#include <string>

namespace posed::estimation::blazepose {
namespace {

template <class T>
T load(std::span<const std::byte> bytes, std::size_t position) noexcept {
    T value;
    std::memcpy(&value, bytes.data() + position, sizeof(T));
    return value;
}

bool holds(std::span<const std::byte> buffer, std::uint64_t position, std::uint64_t size) noexcept {
    return position <= buffer.size() && size <= buffer.size() - position;
}

Error outside(std::span<const std::byte> buffer, const char* what, std::uint64_t position) {
    return fail(Code::corrupt_model, std::string("a FlatBuffer of ") + std::to_string(buffer.size()) +
                                         " bytes has " + what + " that leads to byte " +
                                         std::to_string(position));
}

}  // namespace

Result<FlatTable> FlatTable::at(std::span<const std::byte> buffer, std::uint64_t position) {
    if (!holds(buffer, position, sizeof(std::int32_t)))
        return outside(buffer, "a table", position);
    // The table begins with how far before it (or, if negative, behind it) its list of field offsets stands.
    const auto distance = load<std::int32_t>(buffer, position);
    const auto list = static_cast<std::int64_t>(position) - distance;
    if (list < 0 || !holds(buffer, static_cast<std::uint64_t>(list), 2 * sizeof(std::uint16_t)))
        return outside(buffer, "a list of fields", static_cast<std::uint64_t>(list));
    const auto start = static_cast<std::size_t>(list);
    const std::size_t size = load<std::uint16_t>(buffer, start);
    constexpr std::size_t head = 2 * sizeof(std::uint16_t);  // the list's size and the table's
    if (size < head || !holds(buffer, start, size))
        return outside(buffer, "the end of a list of fields", start + size);
    return FlatTable(buffer, position, buffer.subspan(start + head, size - head));
}

Result<std::optional<std::size_t>> FlatTable::place_of(int field, std::size_t size) const {
    const auto entry = static_cast<std::size_t>(field) * sizeof(std::uint16_t);
    if (!holds(offsets_, entry, sizeof(std::uint16_t)))
        return std::optional<std::size_t>();
    const auto offset = load<std::uint16_t>(offsets_, entry);
    if (offset == 0)
        return std::optional<std::size_t>();
    if (!holds(buffer_, position_ + offset, size))
        return outside(buffer_, "a field", position_ + offset);
    return std::optional(position_ + offset);
}

Result<std::optional<std::uint64_t>> FlatTable::target_of(int field) const {
    const auto place = TRY(place_of(field, sizeof(std::uint32_t)));
    if (!place)
        return std::optional<std::uint64_t>();
    return std::optional<std::uint64_t>(*place + load<std::uint32_t>(buffer_, *place));
}

Result<std::span<const std::byte>> FlatTable::vector_bytes(int field, std::size_t element_size) const {
    const auto target = TRY(target_of(field));
    if (!target)
        return std::span<const std::byte>();
    if (!holds(buffer_, *target, sizeof(std::uint32_t)))
        return outside(buffer_, "a vector", *target);
    const std::uint64_t size = std::uint64_t{load<std::uint32_t>(buffer_, *target)} * element_size;
    const auto first = *target + sizeof(std::uint32_t);
    if (!holds(buffer_, first, size))
        return outside(buffer_, "the end of a vector", first + size);
    return buffer_.subspan(first, size);
}

Result<std::optional<FlatTable>> FlatTable::table(int field) const {
    const auto target = TRY(target_of(field));
    if (!target)
        return std::optional<FlatTable>();
    return std::optional(TRY(at(buffer_, *target)));
}

Result<FlatTables> FlatTable::tables(int field) const {
    return FlatTables(buffer_, TRY(scalars<std::uint32_t>(field)));
}

Result<FlatTable> FlatTables::at(std::size_t index) const {
    if (index >= size())
        return fail(Code::corrupt_model, "item " + std::to_string(index) + " of a list of " +
                                             std::to_string(size()) + " is referred to");
    // Each offset counts from its own place in the file.
    const auto entry =
        static_cast<std::uint64_t>(offsets_.bytes().data() - buffer_.data()) + index * sizeof(std::uint32_t);
    return FlatTable::at(buffer_, entry + offsets_[index]);
}

Result<FlatTable> root_of(std::span<const std::byte> buffer, std::string_view identifier) {
    constexpr std::size_t identifier_place = 4;
    if (!holds(buffer, identifier_place, identifier.size()) ||
        std::memcmp(buffer.data() + identifier_place, identifier.data(), identifier.size()) != 0)
        return fail(Code::corrupt_model,
                    "the file does not begin as a " + std::string(identifier) + " FlatBuffer does");
    return FlatTable::at(buffer, load<std::uint32_t>(buffer, 0));
}

}  // namespace posed::estimation::blazepose
