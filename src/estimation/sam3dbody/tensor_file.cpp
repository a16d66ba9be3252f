#include "estimation/sam3dbody/tensor_file.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace posed::estimation::sam3dbody {
namespace {

constexpr std::uint64_t largest_pickle = 8 << 20;
constexpr int deepest_object = 32;

/// The tensors of a checkpoint may lie one level deeper.
const PicklePairs& state_dictionary(const PicklePairs& dictionary) {
    for (const auto& [key, value] : dictionary) {
        const auto* text = std::get_if<std::string_view>(&key.value);
        const auto* inner = std::get_if<PicklePairs*>(&value.value);
        if (text != nullptr && *text == "state_dict" && inner != nullptr)
            return **inner;
    }
    return dictionary;
}

std::string without_prefixes(std::string_view name) {
    for (const std::string_view prefix : {"model.", "module."})
        if (name.starts_with(prefix))
            name.remove_prefix(prefix.size());
    return std::string(name);
}

std::optional<std::vector<std::int64_t>> numbers_in(const PickleValue& value) {
    if (const auto* number = std::get_if<std::int64_t>(&value.value))
        return std::vector{*number};
    const auto* items = std::get_if<PickleItems*>(&value.value);
    if (items == nullptr)
        return std::nullopt;
    std::vector<std::int64_t> numbers;
    for (const auto& item : **items) {
        const auto* number = std::get_if<std::int64_t>(&item.value);
        if (number == nullptr)
            return std::nullopt;
        numbers.push_back(*number);
    }
    return numbers;
}

/// Whether every element lies within the memory, without any sum running over.
bool fits(const StoredTensor& tensor) {
    if (tensor.shape.size() != tensor.strides.size() || tensor.offset < 0 || tensor.memory.count < 0 ||
        tensor.offset > tensor.memory.count)
        return false;
    std::int64_t last = 0, step = 0;
    for (std::size_t i = 0; i < tensor.shape.size(); ++i) {
        if (tensor.shape[i] < 0 || tensor.strides[i] < 0)
            return false;
        if (tensor.shape[i] == 0)
            return true;
        if (__builtin_mul_overflow(tensor.shape[i] - 1, tensor.strides[i], &step) ||
            __builtin_add_overflow(last, step, &last))
            return false;
    }
    return last < tensor.memory.count - tensor.offset;
}

}  // namespace

std::string shape_text(const std::vector<std::int64_t>& shape) {
    std::string text = "(";
    for (const auto length : shape)
        text += (text.size() > 1 ? ", " : "") + (length < 0 ? "any" : std::to_string(length));
    return text + ")";
}

Result<TensorFile> TensorFile::open(const std::filesystem::path& path, PickleKind kind) {
    std::shared_ptr<ByteSource> source = TRY(open_file(path));
    auto archive = TRY(ZipArchive::open(std::move(source), path.string()));
    const auto folder = archive.folder_of("data.pkl");
    if (folder.empty())
        return fail(Code::corrupt_model, path.string() + " is a zip archive, but PyTorch did not write it",
                    "download the file again");
    TensorFile file(std::move(archive), folder);
    const auto entry = folder + "/data.pkl";
    const auto size = TRY(file.archive_.size_of(entry));
    if (size > largest_pickle)
        return fail(Code::corrupt_model,
                    path.string() + ": its pickle has " + std::to_string(size) + " bytes");
    std::vector<std::byte> bytes(size);
    TRY(file.archive_.read(entry, 0, bytes));
    if (const auto order = folder + "/byteorder"; file.archive_.contains(order)) {
        std::array<std::byte, 6> little{};
        if (TRY(file.archive_.size_of(order)) != little.size())
            return fail(Code::corrupt_model, path.string() + " was written on a big-endian machine");
    }
    const auto pickle = TRY(read_pickle(std::move(bytes), kind, path.string()));
    if (const auto* object = std::get_if<PickleObject*>(&pickle->root.value))
        TRY(file.collect_object(**object, "", 0));
    else if (const auto* dictionary = std::get_if<PicklePairs*>(&pickle->root.value))
        TRY(file.collect_dictionary(state_dictionary(**dictionary)));
    else
        return fail(Code::corrupt_model, path.string() + " holds no dictionary of tensors");
    return file;
}

Result<> TensorFile::collect_dictionary(const PicklePairs& dictionary) {
    for (const auto& [key, value] : dictionary) {
        const auto* name = std::get_if<std::string_view>(&key.value);
        if (name == nullptr)
            continue;
        if (const auto* tensor = std::get_if<StoredTensor>(&value.value))
            TRY(add(without_prefixes(*name), *tensor));
        else if (const auto* text = std::get_if<std::string_view>(&value.value))
            texts_.emplace(std::string(*name), std::string(*text));
    }
    return {};
}

Result<> TensorFile::collect_object(const PickleObject& object, const std::string& path, int depth) {
    if (depth > deepest_object)
        return fail(Code::corrupt_model, archive_.name() + " nests its modules too deeply: " + path);
    if (object.attributes == nullptr)
        return {};
    for (const auto& [key, value] : *object.attributes) {
        const auto* name = std::get_if<std::string_view>(&key.value);
        if (name == nullptr)
            continue;
        const auto full = path.empty() ? std::string(*name) : path + "." + std::string(*name);
        if (const auto* tensor = std::get_if<StoredTensor>(&value.value))
            TRY(add(full, *tensor));
        else if (const auto* inner = std::get_if<PickleObject*>(&value.value))
            TRY(collect_object(**inner, full, depth + 1));
        else if (auto numbers = numbers_in(value))
            numbers_.emplace(full, *std::move(numbers));
    }
    return {};
}

Result<> TensorFile::add(const std::string& name, const StoredTensor& tensor) {
    const auto entry = folder_ + "/data/" + tensor.memory.key;
    const auto bytes = TRY(archive_.size_of(entry));
    if (!fits(tensor) ||
        bytes / size_of(tensor.memory.type) < static_cast<std::uint64_t>(tensor.memory.count))
        return fail(Code::corrupt_model,
                    archive_.name() + ": " + name + " " + shape_text(tensor.shape) + " with strides " +
                        shape_text(tensor.strides) + " from " + std::to_string(tensor.offset) +
                        " reaches beyond its memory of " + std::to_string(tensor.memory.count) +
                        " elements (" + std::to_string(bytes) + " bytes)",
                    "download the file again");
    if (!tensors_.emplace(name, tensor).second)
        return fail(Code::corrupt_model, archive_.name() + ": " + name + " is there twice");
    return {};
}

std::int64_t TensorFile::extent_of(const StoredTensor& tensor) noexcept {
    std::int64_t last = 0;
    for (std::size_t i = 0; i < tensor.shape.size(); ++i) {
        if (tensor.shape[i] == 0)
            return 0;
        last += (tensor.shape[i] - 1) * tensor.strides[i];
    }
    return last + 1;
}

Result<> TensorFile::read(const StoredTensor& tensor, std::span<std::byte> buffer) const {
    const auto begin = static_cast<std::uint64_t>(tensor.offset) * size_of(tensor.memory.type);
    return archive_.read(folder_ + "/data/" + tensor.memory.key, begin, buffer);
}

}  // namespace posed::estimation::sam3dbody
