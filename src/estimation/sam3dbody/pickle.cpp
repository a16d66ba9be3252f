#include "estimation/sam3dbody/pickle.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <optional>
#include <unordered_map>

namespace posed::estimation::sam3dbody {
namespace {

struct MemoryClass {
    std::string_view name;
    ElementType type;
};
constexpr std::array memory_classes{MemoryClass{"torch.FloatStorage", ElementType::float32},
                                    MemoryClass{"torch.DoubleStorage", ElementType::float64},
                                    MemoryClass{"torch.HalfStorage", ElementType::float16},
                                    MemoryClass{"torch.BFloat16Storage", ElementType::bfloat16},
                                    MemoryClass{"torch.LongStorage", ElementType::int64},
                                    MemoryClass{"torch.IntStorage", ElementType::int32},
                                    MemoryClass{"torch.ShortStorage", ElementType::int16},
                                    MemoryClass{"torch.CharStorage", ElementType::int8},
                                    MemoryClass{"torch.ByteStorage", ElementType::uint8},
                                    MemoryClass{"torch.BoolStorage", ElementType::boolean}};

constexpr std::size_t longest_key = 32, most_dimensions = 8;
constexpr std::string_view ordered_dictionary = "collections.OrderedDict";
constexpr std::string_view rebuild_tensor = "torch._utils._rebuild_tensor_v2";
/// These give back their first argument, as far as we are concerned.
constexpr std::array<std::string_view, 6> transparent{
    "torch._utils._rebuild_parameter",    "torch.jit._pickle.build_intlist",
    "torch.jit._pickle.build_boollist",   "torch.jit._pickle.build_doublelist",
    "torch.jit._pickle.build_tensorlist", "torch.jit._pickle.restore_type_tag"};

const MemoryClass* memory_class(std::string_view name) {
    const auto* const found = std::ranges::find(memory_classes, name, &MemoryClass::name);
    return found == memory_classes.end() ? nullptr : found;
}

bool is_known(std::string_view name, PickleKind kind) {
    return name == ordered_dictionary || name == rebuild_tensor || memory_class(name) != nullptr ||
           std::ranges::find(transparent, name) != transparent.end() ||
           (kind == PickleKind::torchscript && name.starts_with("__torch__."));
}

class Reader {
  public:
    Reader(std::vector<std::byte> bytes, PickleKind kind, const std::string& file)
        : kind_(kind), file_(file), pickle_(std::make_unique<Pickle>()) {
        pickle_->bytes = std::move(bytes);
        bytes_ = pickle_->bytes;
    }

    Result<std::unique_ptr<Pickle>> read() {
        while (!finished_) {
            const auto code = TRY(number<unsigned char>());
            TRY(step(code));
        }
        return std::move(pickle_);
    }

  private:
    [[nodiscard]] Error corrupt(const std::string& what) const {
        return fail(Code::corrupt_model, file_ + ": its pickle " + what, "download the file again");
    }

    Result<std::span<const std::byte>> take(std::uint64_t count) {
        if (count > bytes_.size() - at_)
            return corrupt("is cut off after " + std::to_string(bytes_.size()) + " bytes");
        const auto taken = bytes_.subspan(at_, count);
        at_ += count;
        return taken;
    }

    template <class T>
    Result<T> number() {
        const auto bytes = TRY(take(sizeof(T)));
        T value{};
        std::memcpy(&value, bytes.data(), sizeof value);
        return value;
    }

    Result<std::string_view> text(std::uint64_t length) {
        const auto bytes = TRY(take(length));
        return std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    }

    Result<std::string> line() {
        std::string text;
        for (auto c = TRY(number<char>()); c != '\n'; c = TRY(number<char>()))
            text += c;
        return text;
    }

    template <class T>
    Result<> push(T value) {
        stack_.push_back({std::move(value)});
        return {};
    }

    Result<PickleValue> pop() {
        if (stack_.empty() || (!marks_.empty() && marks_.back() == stack_.size()))
            return corrupt("takes a value that is not there");
        auto value = std::move(stack_.back());
        stack_.pop_back();
        return value;
    }

    /// A pointer to the topmost value's alternative, or an error.
    template <class T>
    Result<T*> top() {
        auto* value = stack_.empty() ? nullptr : std::get_if<T>(&stack_.back().value);
        if (value == nullptr)
            return corrupt("has another kind of value where it is to be changed");
        return value;
    }

    template <class T>
    Result<T> pop_as() {
        auto value = TRY(pop());
        auto* typed = std::get_if<T>(&value.value);
        if (typed == nullptr)
            return corrupt("has another kind of value than is asked for");
        return std::move(*typed);
    }

    Result<PickleItems> pop_to_mark() {
        if (marks_.empty())
            return corrupt("ends a list that never began");
        const auto begin = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
        marks_.pop_back();
        PickleItems items(std::make_move_iterator(begin), std::make_move_iterator(stack_.end()));
        stack_.erase(begin, stack_.end());
        return items;
    }

    Result<> push_items(PickleItems items) { return push(&pickle_->items.emplace_back(std::move(items))); }

    Result<> push_last(std::size_t count) {
        PickleItems items(count);
        for (std::size_t i = count; i-- > 0;)
            items[i] = TRY(pop());
        return push_items(std::move(items));
    }

    Result<> step(unsigned char code);
    Result<> step_of_containers(unsigned char code);
    Result<> step_of_names(unsigned char code);
    Result<> push_long();
    Result<> push_name(std::string name);
    Result<> remember(std::uint64_t index);
    Result<> recall(std::uint64_t index);
    Result<> append(PickleItems items);
    Result<> set(PickleItems items);
    Result<> build();
    Result<> reduce();
    Result<> make_object();
    Result<> push_memory();
    Result<std::vector<std::int64_t>> whole_numbers(const PickleValue& value) const;
    Result<StoredTensor> tensor_from(const PickleItems& arguments) const;

    std::span<const std::byte> bytes_;
    std::size_t at_ = 0;
    PickleKind kind_;
    const std::string& file_;
    bool finished_ = false;
    std::vector<PickleValue> stack_;
    std::vector<std::size_t> marks_;
    std::unordered_map<std::uint64_t, PickleValue> memory_;
    std::unique_ptr<Pickle> pickle_;
};

Result<> Reader::step(unsigned char code) {
    switch (code) {
        case 0x80: {  // PROTO
            const auto protocol = TRY(number<unsigned char>());
            if (protocol < 2 || protocol > 5)
                return corrupt("has version " + std::to_string(protocol) + ", not 2 to 5");
            return {};
        }
        case 0x95:  // FRAME
            TRY(take(8));
            return {};
        case 'N':
            return push(std::monostate{});
        case 0x88:
            return push(true);
        case 0x89:
            return push(false);
        case 'K':
            return push(std::int64_t{TRY(number<std::uint8_t>())});
        case 'M':
            return push(std::int64_t{TRY(number<std::uint16_t>())});
        case 'J':
            return push(std::int64_t{TRY(number<std::int32_t>())});
        case 0x8a:
            return push_long();
        case 'G': {
            const auto bits = TRY(number<std::uint64_t>());
            return push(std::bit_cast<double>(__builtin_bswap64(bits)));
        }
        case 'X':
        case 'B':
            return push(TRY(text(TRY(number<std::uint32_t>()))));
        case 0x8c:
        case 'C':
            return push(TRY(text(TRY(number<std::uint8_t>()))));
        case '.':
            pickle_->root = TRY(pop());
            finished_ = true;
            return {};
        default:
            return step_of_containers(code);
    }
}

Result<> Reader::step_of_containers(unsigned char code) {
    switch (code) {
        case '(':
            marks_.push_back(stack_.size());
            return {};
        case ')':
        case ']':
            return push_items({});
        case 't':
            return push_items(TRY(pop_to_mark()));
        case 0x85:
        case 0x86:
        case 0x87:
            return push_last(code - 0x84U);
        case '}':
            return push(&pickle_->pairs.emplace_back());
        case 'a': {
            PickleItems items;
            items.push_back(TRY(pop()));
            return append(std::move(items));
        }
        case 'e':
            return append(TRY(pop_to_mark()));
        case 's': {
            PickleItems items(2);
            items[1] = TRY(pop());
            items[0] = TRY(pop());
            return set(std::move(items));
        }
        case 'u':
            return set(TRY(pop_to_mark()));
        case '0':
            TRY(pop());
            return {};
        default:
            return step_of_names(code);
    }
}

Result<> Reader::step_of_names(unsigned char code) {
    switch (code) {
        case 'q':
            return remember(TRY(number<std::uint8_t>()));
        case 'r':
            return remember(TRY(number<std::uint32_t>()));
        case 0x94:  // MEMOIZE
            return remember(memory_.size());
        case 'h':
            return recall(TRY(number<std::uint8_t>()));
        case 'j':
            return recall(TRY(number<std::uint32_t>()));
        case 'c': {
            const auto module = TRY(line());
            const auto name = TRY(line());
            return push_name(std::string(module) + "." + std::string(name));
        }
        case 0x93: {  // STACK_GLOBAL
            const auto name = TRY(pop_as<std::string_view>());
            const auto module = TRY(pop_as<std::string_view>());
            return push_name(std::string(module) + "." + std::string(name));
        }
        case 'R':
            return reduce();
        case 0x81:
            return make_object();
        case 'b':
            return build();
        case 'Q':
            return push_memory();
        default:
            return corrupt("has the instruction " + std::to_string(code) +
                           ", which files of weights never have");
    }
}

Result<> Reader::push_long() {
    const std::size_t length = TRY(number<std::uint8_t>());
    const auto bytes = TRY(take(length));
    if (length > sizeof(std::int64_t))
        return corrupt("has a whole number of " + std::to_string(length) + " bytes");
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < length; ++i)
        value |= std::to_integer<std::uint64_t>(bytes[i]) << (8 * i);
    if (length > 0 && length < 8 && (std::to_integer<unsigned>(bytes[length - 1]) & 0x80U) != 0)
        value |= ~std::uint64_t{0} << (8 * length);
    return push(static_cast<std::int64_t>(value));
}

Result<> Reader::push_name(std::string name) {
    if (is_known(name, kind_))
        return push(PickleName{&pickle_->names.emplace_back(std::move(name))});
    if (name.starts_with("__torch__."))
        return fail(Code::corrupt_model, file_ + " is a TorchScript archive, not a checkpoint",
                    "put model.ckpt where this file is");
    return fail(Code::corrupt_model,
                file_ + ": its pickle asks for " + name +
                    ", which could run code and is not among what weights need; the file is not trusted",
                "use the checkpoint as published");
}

Result<> Reader::remember(std::uint64_t index) {
    if (stack_.empty())
        return corrupt("remembers a value that is not there");
    memory_[index] = stack_.back();
    return {};
}

Result<> Reader::recall(std::uint64_t index) {
    const auto found = memory_.find(index);
    if (found == memory_.end())
        return corrupt("recalls the value " + std::to_string(index) + " that it never gave");
    stack_.push_back(found->second);
    return {};
}

Result<> Reader::append(PickleItems items) {
    auto& target = **TRY(top<PickleItems*>());
    std::ranges::move(items, std::back_inserter(target));
    return {};
}

Result<> Reader::set(PickleItems items) {
    auto& target = **TRY(top<PicklePairs*>());
    if (items.size() % 2 != 0)
        return corrupt("has a key without a value");
    for (std::size_t i = 0; i < items.size(); i += 2)
        target.emplace_back(std::move(items[i]), std::move(items[i + 1]));
    return {};
}

/// What is set on an object are its attributes; on a dictionary it is metadata that nobody needs.
Result<> Reader::build() {
    const auto state = TRY(pop());
    if (stack_.empty())
        return corrupt("sets attributes of nothing");
    if (auto* object = std::get_if<PickleObject*>(&stack_.back().value)) {
        const auto* attributes = std::get_if<PicklePairs*>(&state.value);
        if (attributes == nullptr)
            return corrupt("has an object without attributes");
        (*object)->attributes = *attributes;
        return {};
    }
    TRY(top<PicklePairs*>());
    return {};
}

Result<> Reader::make_object() {
    TRY(pop_as<PickleItems*>());
    const auto& name = *TRY(pop_as<PickleName>()).text;
    if (!name.starts_with("__torch__."))
        return corrupt("makes an object of " + name);
    return push(&pickle_->objects.emplace_back());
}

Result<> Reader::reduce() {
    const auto* arguments = TRY(pop_as<PickleItems*>());
    const auto& name = *TRY(pop_as<PickleName>()).text;
    if (name == ordered_dictionary) {
        if (!arguments->empty())
            return corrupt("has a dictionary with arguments");
        return push(&pickle_->pairs.emplace_back());
    }
    if (name == rebuild_tensor)
        return push(TRY(tensor_from(*arguments)));
    if (std::ranges::find(transparent, name) != transparent.end() && !arguments->empty()) {
        stack_.push_back(arguments->front());
        return {};
    }
    return corrupt("calls " + name + ", which is no function");
}

/// ('storage', class, key, device, count)
Result<> Reader::push_memory() {
    const auto* parts = TRY(pop_as<PickleItems*>());
    if (parts->size() >= 5) {
        const auto* kind = std::get_if<std::string_view>(&(*parts)[0].value);
        const auto* name = std::get_if<PickleName>(&(*parts)[1].value);
        const auto* key = std::get_if<std::string_view>(&(*parts)[2].value);
        const auto* count = std::get_if<std::int64_t>(&(*parts)[4].value);
        const auto* known = name == nullptr ? nullptr : memory_class(*name->text);
        if (kind != nullptr && *kind == "storage" && known != nullptr && key != nullptr &&
            key->size() <= longest_key && count != nullptr)
            return push(StoredMemory{known->type, std::string(*key), *count});
    }
    return corrupt("names memory in an unknown way");
}

Result<std::vector<std::int64_t>> Reader::whole_numbers(const PickleValue& value) const {
    std::vector<std::int64_t> numbers;
    if (const auto* items = std::get_if<PickleItems*>(&value.value)) {
        for (const auto& item : **items) {
            const auto* number = std::get_if<std::int64_t>(&item.value);
            if (number == nullptr)
                return corrupt("has a shape that is no list of whole numbers");
            numbers.push_back(*number);
        }
        if (numbers.size() > most_dimensions)
            return corrupt("has a tensor of " + std::to_string(numbers.size()) + " dimensions");
        return numbers;
    }
    return corrupt("has a shape that is no list");
}

/// (memory, offset, shape, strides, requires_grad, hooks)
Result<StoredTensor> Reader::tensor_from(const PickleItems& arguments) const {
    const auto* memory = arguments.size() < 4 ? nullptr : std::get_if<StoredMemory>(&arguments[0].value);
    const auto* offset = memory == nullptr ? nullptr : std::get_if<std::int64_t>(&arguments[1].value);
    if (offset == nullptr)
        return corrupt("describes a tensor in an unknown way");
    StoredTensor tensor{*memory, *offset, {}, {}};
    tensor.shape = TRY(whole_numbers(arguments[2]));
    tensor.strides = TRY(whole_numbers(arguments[3]));
    return tensor;
}

}  // namespace

std::size_t size_of(ElementType type) noexcept {
    switch (type) {
        case ElementType::float64:
        case ElementType::int64:
            return 8;
        case ElementType::float32:
        case ElementType::int32:
            return 4;
        case ElementType::float16:
        case ElementType::bfloat16:
        case ElementType::int16:
            return 2;
        case ElementType::int8:
        case ElementType::uint8:
        case ElementType::boolean:
            return 1;
    }
    return 0;
}

Result<std::unique_ptr<Pickle>> read_pickle(std::vector<std::byte> bytes, PickleKind kind,
                                            const std::string& file) {
    return Reader(std::move(bytes), kind, file).read();
}

}  // namespace posed::estimation::sam3dbody
