#include "estimation/sam3dbody/parity/golden_file.h"

#include <cstring>
#include <span>
#include <utility>
#include <vector>

#include "base/byte_source.h"
#include "estimation/sam3dbody/json_text.h"

namespace posed::estimation::sam3dbody {
namespace {

Result<at::ScalarType> type_named(const std::string& name) {
    for (const auto& [known, type] : {std::pair{"F32", at::kFloat},
                                      {"F64", at::kDouble},
                                      {"I64", at::kLong},
                                      {"I32", at::kInt},
                                      {"U8", at::kByte},
                                      {"BOOL", at::kBool},
                                      {"BF16", at::kBFloat16},
                                      {"F16", at::kHalf}})
        if (name == known)
            return type;
    return fail(Code::malformed, "a tensor of the unknown type " + name);
}

}  // namespace

Result<GoldenFile> GoldenFile::open(const std::filesystem::path& path) {
    const auto file = TRY(open_file(path));
    std::uint64_t header_size = 0;
    TRY(read_exactly(*file, 0, std::as_writable_bytes(std::span(&header_size, 1)), Code::malformed));
    if (header_size > file->size())
        return fail(Code::malformed, path.string() + " is no safetensors file");
    std::string header(header_size, ' ');
    TRY(read_exactly(*file, sizeof header_size, std::as_writable_bytes(std::span(header)), Code::malformed));
    const auto json = TRY(read_json(header));
    GoldenFile golden;
    for (const auto& [name, entry] : json.object) {
        if (name == "__metadata__")
            continue;
        const auto *type = entry.find({"dtype"}), *shape = entry.find({"shape"}),
                   *offsets = entry.find({"data_offsets"});
        if (type == nullptr || shape == nullptr || offsets == nullptr || offsets->list.size() != 2)
            return fail(Code::malformed, path.string() + ": " + name + " is not described");
        std::vector<std::int64_t> lengths;
        for (const auto& length : shape->list)
            lengths.push_back(static_cast<std::int64_t>(length.number));
        auto tensor = at::empty(lengths, TRY(type_named(type->text)));
        const auto begin = static_cast<std::uint64_t>(offsets->list[0].number);
        TRY(read_exactly(*file, sizeof header_size + header_size + begin,
                         {static_cast<std::byte*>(tensor.data_ptr()), tensor.nbytes()}, Code::malformed));
        golden.tensors_.emplace(name, std::move(tensor));
    }
    return golden;
}

const at::Tensor& GoldenFile::take(const std::string& name) {
    taken_.insert(name);
    return tensors_.at(name);
}

void GoldenFile::move_to(at::Device device) {
    for (auto& [name, tensor] : tensors_)
        tensor = tensor.to(device);
}

std::set<std::string> GoldenFile::never_taken() const {
    std::set<std::string> names;
    for (const auto& [name, tensor] : tensors_)
        if (!taken_.contains(name))
            names.insert(name);
    return names;
}

}  // namespace posed::estimation::sam3dbody
