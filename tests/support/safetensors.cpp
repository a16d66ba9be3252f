#include "tests/support/safetensors.h"

#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string_view>
#include <type_traits>

#include <boost/json.hpp>

namespace posed::tests {
namespace {

template <class T>
constexpr const char* name_of_type() {
    if constexpr (std::is_same_v<T, float>)
        return "F32";
    else if constexpr (std::is_same_v<T, double>)
        return "F64";
    else if constexpr (std::is_same_v<T, std::int32_t>)
        return "I32";
    else if constexpr (std::is_same_v<T, std::int64_t>)
        return "I64";
    else
        return "U8";
}

}  // namespace

Safetensors::Safetensors(const std::filesystem::path& path) : path_(path) {
    std::ifstream stream(path, std::ios::binary);
    std::uint64_t header_size = 0;
    stream.read(reinterpret_cast<char*>(&header_size), sizeof header_size);
    if (!stream || header_size > std::filesystem::file_size(path))
        throw std::runtime_error(path.string() + " is not a safetensors file");
    std::string header(header_size, ' ');
    stream.read(header.data(), static_cast<std::streamsize>(header_size));
    data_.assign(std::istreambuf_iterator<char>(stream), {});
    const auto parsed = boost::json::parse(header);
    for (const auto& [name, entry] : parsed.as_object()) {
        if (name == "__metadata__")
            continue;
        const auto& offsets = entry.at("data_offsets");
        Tensor tensor{.type = boost::json::value_to<std::string>(entry.at("dtype")),
                      .shape = boost::json::value_to<std::vector<std::size_t>>(entry.at("shape")),
                      .begin = offsets.at(0).to_number<std::size_t>(),
                      .end = offsets.at(1).to_number<std::size_t>()};
        if (tensor.begin > tensor.end || tensor.end > data_.size())
            throw std::runtime_error(path.string() + " ends before its tensor " + std::string(name));
        tensors_.emplace(name, std::move(tensor));
    }
}

const Safetensors::Tensor& Safetensors::find(const std::string& name) const {
    const auto found = tensors_.find(name);
    if (found == tensors_.end())
        throw std::runtime_error(path_.string() + " has no tensor " + name);
    return found->second;
}

const std::vector<std::size_t>& Safetensors::shape(const std::string& name) const {
    return find(name).shape;
}

template <class T>
std::vector<T> Safetensors::values(const std::string& name) const {
    const auto& tensor = find(name);
    if (tensor.type != name_of_type<T>())
        throw std::runtime_error(path_.string() + ": " + name + " is of type " + tensor.type + ", not " +
                                 name_of_type<T>());
    std::vector<T> values((tensor.end - tensor.begin) / sizeof(T));
    std::memcpy(values.data(), data_.data() + tensor.begin, values.size() * sizeof(T));
    return values;
}

template std::vector<float> Safetensors::values<float>(const std::string&) const;
template std::vector<double> Safetensors::values<double>(const std::string&) const;
template std::vector<std::int32_t> Safetensors::values<std::int32_t>(const std::string&) const;
template std::vector<std::int64_t> Safetensors::values<std::int64_t>(const std::string&) const;
template std::vector<std::uint8_t> Safetensors::values<std::uint8_t>(const std::string&) const;

}  // namespace posed::tests
