#include "estimation/sam3dbody/synthetic/pickle_writer.h"

namespace posed::estimation::sam3dbody {
namespace {

std::string little_endian(std::uint64_t value, int bytes) {
    std::string text;
    for (int i = 0; i < bytes; ++i)
        text += static_cast<char>(value >> (8 * i));
    return text;
}

std::string_view memory_class(ElementType type) {
    switch (type) {
        case ElementType::bfloat16:
            return "BFloat16Storage";
        case ElementType::int64:
            return "LongStorage";
        case ElementType::int32:
            return "IntStorage";
        case ElementType::boolean:
            return "BoolStorage";
        default:
            return "FloatStorage";
    }
}

}  // namespace

void PickleWriter::text(std::string_view value) {
    text_ += "X" + little_endian(value.size(), 4);
    text_ += value;
}

void PickleWriter::number(std::int64_t value) {
    const bool fits = value >= INT32_MIN && value <= INT32_MAX;
    text_ += fits ? "J" + little_endian(static_cast<std::uint64_t>(value), 4)
                  : "\x8a\x08" + little_endian(static_cast<std::uint64_t>(value), 8);
}

void PickleWriter::numbers(std::span<const std::int64_t> values) {
    raw("(");
    for (const auto value : values)
        number(value);
    raw("t");
}

void PickleWriter::tensor(ElementType type, const std::string& key, std::span<const std::int64_t> shape) {
    std::vector<std::int64_t> strides(shape.size());
    std::int64_t count = 1;
    for (std::size_t i = shape.size(); i-- > 0;) {
        strides[i] = count;
        count *= shape[i];
    }
    raw("ctorch._utils\n_rebuild_tensor_v2\n((");
    text("storage");
    raw("ctorch\n");
    raw(memory_class(type));
    raw("\n");
    text(key);
    text("cpu");
    number(count);
    raw("tQ");
    number(0);
    numbers(shape);
    numbers(strides);
    raw("\x89"
        "ccollections\nOrderedDict\n)RtR");
}

}  // namespace posed::estimation::sam3dbody
