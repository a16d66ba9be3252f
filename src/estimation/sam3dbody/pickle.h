#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"

/// Python's pickle format, as far as PyTorch's files need it: plain values, and a fixed list of names that
/// stand for tensors and their memory. Nothing is ever called, so a file can make nothing run.
namespace posed::estimation::sam3dbody {

enum class ElementType : std::uint8_t {
    float32,
    float64,
    float16,
    bfloat16,
    int64,
    int32,
    int16,
    int8,
    uint8,
    boolean
};

[[nodiscard]] std::size_t size_of(ElementType type) noexcept;

/// A block of memory that tensors share, `count` elements long; `key` names the entry that holds it.
struct StoredMemory {
    ElementType type = ElementType::float32;
    std::string key;
    std::int64_t count = 0;
};

/// A view of a block: counts of elements, not bytes. Not yet checked against the block.
struct StoredTensor {
    StoredMemory memory;
    std::int64_t offset = 0;
    std::vector<std::int64_t> shape;
    std::vector<std::int64_t> strides;
};

struct PickleValue;
using PickleItems = std::vector<PickleValue>;
using PicklePairs = std::vector<std::pair<PickleValue, PickleValue>>;

/// A name of the fixed list, or of the file's own: "collections.OrderedDict".
struct PickleName {
    const std::string* text = nullptr;
};

/// An instance of a TorchScript class.
struct PickleObject {
    const PicklePairs* attributes = nullptr;
};

/// Small, whatever it stands for: texts and containers are owned by the `Pickle`, because a file may refer to
/// one of them a million times, and in circles.
struct PickleValue {
    std::variant<std::monostate, bool, std::int64_t, double, std::string_view, PickleItems*, PicklePairs*,
                 PickleName, StoredMemory, StoredTensor, PickleObject*>
        value;
};

/// A pickle as read: `root`, and what it refers to.
struct Pickle {
    std::vector<std::byte> bytes;
    PickleValue root;
    std::deque<std::string> names;
    std::deque<PickleItems> items;
    std::deque<PicklePairs> pairs;
    std::deque<PickleObject> objects;
};

/// TorchScript archives hold instances of their own classes (`__torch__...`), of which only the attributes
/// are read.
enum class PickleKind { checkpoint, torchscript };

/// Errors: corrupt_model; for a name outside the list with that name.
[[nodiscard]] Result<std::unique_ptr<Pickle>> read_pickle(std::vector<std::byte> bytes, PickleKind kind,
                                                          const std::string& file);

}  // namespace posed::estimation::sam3dbody
