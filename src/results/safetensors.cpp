#include "results/safetensors.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <optional>
#include <utility>

#include <boost/describe.hpp>
#include <boost/json.hpp>

#include "base/strict_json.h"

namespace posed::results {
namespace {

namespace json = boost::json;

static_assert(std::endian::native == std::endian::little, "numbers are stored as they lie in memory");

constexpr std::string_view metadata_key = "__metadata__";
constexpr std::uint64_t length_size = 8;

/// A tensor as its JSON names it; offsets count from the end of the header.
struct TensorText {
    std::string dtype;
    std::vector<std::uint64_t> shape;
    std::array<std::uint64_t, 2> data_offsets{};
};
BOOST_DESCRIBE_STRUCT(TensorText, (), (dtype, shape, data_offsets))

/// The bytes of a tensor; nothing when they do not fit into 63 bits.
std::optional<std::uint64_t> size_in_bytes(std::uint64_t element, std::span<const std::uint64_t> shape) {
    if (std::find(shape.begin(), shape.end(), std::uint64_t{0}) != shape.end())
        return 0;
    std::uint64_t size = element;
    for (const auto length : shape)
        if (__builtin_mul_overflow(size, length, &size) || size > INT64_MAX)
            return std::nullopt;
    return size;
}

Result<StoredTensor> read_tensor(std::string_view name, const json::value& value, std::uint64_t data_start,
                                 std::uint64_t data_size) {
    const auto tensor = "tensor '" + std::string(name) + "' ";
    auto text = json::try_value_to<TensorText>(value);
    if (!text)
        return corrupt_archive(tensor + "needs exactly dtype, shape and data_offsets (" +
                               text.error().message() + ")");
    const auto element = element_size(text->dtype);
    if (element == 0)
        return corrupt_archive(tensor + "has the unknown type '" + text->dtype + "'");
    const auto size = size_in_bytes(element, text->shape);
    if (!size || std::ranges::any_of(text->shape, [](auto length) { return length > INT64_MAX; }))
        return corrupt_archive(tensor + "has a shape with too many elements to count");
    const auto [begin, end] = text->data_offsets;
    if (begin > end || end > data_size)
        return corrupt_archive(tensor + "lies at " + std::to_string(begin) + ".." + std::to_string(end) +
                               " of " + std::to_string(data_size) + " bytes of data");
    if (end - begin != *size)
        return corrupt_archive(tensor + "takes " + std::to_string(end - begin) + " bytes, its shape needs " +
                               std::to_string(*size));
    return StoredTensor{.info = {.name = std::string(name),
                                 .type = std::move(text->dtype),
                                 .shape = {text->shape.begin(), text->shape.end()}},
                        .offset = data_start + begin,
                        .size = *size};
}

/// Tensors sorted by place must follow each other and end with the file.
Result<> check_coverage(std::span<const StoredTensor> tensors, std::uint64_t data_start,
                        std::uint64_t file_size) {
    auto position = data_start;
    for (const auto& tensor : tensors) {
        if (tensor.offset != position)
            return corrupt_archive("tensor '" + tensor.info.name + "' starts at byte " +
                                   std::to_string(tensor.offset) + ", the one before it ends at " +
                                   std::to_string(position));
        position += tensor.size;
    }
    if (position != file_size)
        return corrupt_archive("the tensors end at byte " + std::to_string(position) + " of " +
                               std::to_string(file_size));
    return {};
}

Result<json::object> take_metadata(const json::object& object) {
    const auto* value = object.if_contains(metadata_key);
    const auto* metadata = value != nullptr ? value->if_object() : nullptr;
    if (metadata == nullptr)
        return corrupt_archive("its header has no __metadata__ object");
    for (const auto& [key, text] : *metadata)
        if (!text.is_string())
            return corrupt_archive("the metadata '" + std::string(key) + "' is not a string");
    return *metadata;
}

Result<std::string> read_text(ByteSource& source) {
    const auto file_size = source.size();
    if (file_size < length_size)
        return corrupt_archive("it has " + std::to_string(file_size) + " bytes");
    std::uint64_t length = 0;
    TRY(read_exactly(source, 0, std::as_writable_bytes(std::span(&length, 1)), Code::corrupt_archive));
    if (length > max_header_size)
        return corrupt_archive("its header would take " + std::to_string(length) + " bytes, more than " +
                               std::to_string(max_header_size));
    if (length > file_size - length_size)
        return corrupt_archive("its header would take " + std::to_string(length) + " bytes, the file has " +
                               std::to_string(file_size));
    std::string text(length, '\0');
    TRY(read_exactly(source, length_size, std::as_writable_bytes(std::span(text)), Code::corrupt_archive));
    if (!text.starts_with('{'))
        return corrupt_archive("its header does not start with '{'");
    return text;
}

}  // namespace

std::uint64_t element_size(std::string_view type) noexcept {
    static constexpr std::array<std::pair<std::string_view, std::uint64_t>, 15> sizes{{{"BOOL", 1},
                                                                                       {"U8", 1},
                                                                                       {"I8", 1},
                                                                                       {"F8_E5M2", 1},
                                                                                       {"F8_E4M3", 1},
                                                                                       {"I16", 2},
                                                                                       {"U16", 2},
                                                                                       {"F16", 2},
                                                                                       {"BF16", 2},
                                                                                       {"I32", 4},
                                                                                       {"U32", 4},
                                                                                       {"F32", 4},
                                                                                       {"I64", 8},
                                                                                       {"U64", 8},
                                                                                       {"F64", 8}}};
    const auto* found = std::ranges::find(sizes, type, &std::pair<std::string_view, std::uint64_t>::first);
    return found != sizes.end() ? found->second : 0;
}

Result<std::string> write_safetensors_header(const json::object& metadata,
                                             std::span<const TensorInfo> tensors) {
    json::object object;
    object[metadata_key] = metadata;
    std::uint64_t position = 0;
    for (const auto& tensor : tensors) {
        TensorText text{.dtype = tensor.type, .shape = {tensor.shape.begin(), tensor.shape.end()}};
        const auto size = size_in_bytes(element_size(tensor.type), text.shape);
        text.data_offsets = {position, position + size.value()};
        position = text.data_offsets[1];
        object[tensor.name] = json::value_from(text);
    }
    auto text = json::serialize(object);
    text.resize((text.size() + 7) / 8 * 8, ' ');
    const std::uint64_t length = text.size();
    if (length > max_header_size)
        return fail(Code::limit_exceeded, "the archive's header would take " + std::to_string(length) +
                                              " bytes, more than " + std::to_string(max_header_size));
    std::string header(length_size, '\0');
    std::memcpy(header.data(), &length, length_size);
    return header + text;
}

Result<SafetensorsHeader> read_safetensors_header(ByteSource& source) {
    const auto text = TRY(read_text(source));
    const auto parsed = TRY(parse_strictly(text, Code::corrupt_archive));
    const auto& object = parsed.as_object();
    const auto data_start = length_size + text.size();
    SafetensorsHeader header;
    header.metadata = TRY(take_metadata(object));
    for (const auto& [name, value] : object)
        if (name != metadata_key)
            header.tensors.push_back(TRY(read_tensor(name, value, data_start, source.size() - data_start)));
    std::ranges::sort(header.tensors, {}, [](const StoredTensor& tensor) {
        return std::pair(tensor.offset, tensor.offset + tensor.size);
    });
    TRY(check_coverage(header.tensors, data_start, source.size()));
    return header;
}

Error corrupt_archive(std::string message) {
    return fail(Code::corrupt_archive, std::move(message));
}

}  // namespace posed::results
