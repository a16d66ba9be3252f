#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "base/byte_source.h"
#include "base/result.h"
#include "results/archive.h"

/// The container: 8 bytes of length (little-endian), that many bytes of JSON, then the tensors' bytes
/// (little-endian, row by row). Knows nothing of what the tensors mean.
namespace posed::results {

/// More than any archive of ours needs, and little enough to be read before anything is believed.
inline constexpr std::uint64_t max_header_size = 1 << 20;

/// A tensor and where its bytes lie, counted from the start of the file.
struct StoredTensor {
    TensorInfo info;
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
};

struct SafetensorsHeader {
    boost::json::object metadata;       ///< every value is a string
    std::vector<StoredTensor> tensors;  ///< by place; they cover the file to its end, without gap or overlap
};

/// Bytes of one element, 0 for a type that safetensors does not have.
[[nodiscard]] std::uint64_t element_size(std::string_view type) noexcept;

/// Length and JSON, padded with spaces so that what follows starts at a multiple of 8. Tensors follow in the
/// given order. Error: limit_exceeded when larger than `max_header_size`.
[[nodiscard]] Result<std::string> write_safetensors_header(const boost::json::object& metadata,
                                                           std::span<const TensorInfo> tensors);

/// Reads the header and checks it against the size of the file. Errors: corrupt_archive, input_output.
[[nodiscard]] Result<SafetensorsHeader> read_safetensors_header(ByteSource& source);

[[nodiscard]] Error corrupt_archive(std::string message);

}  // namespace posed::results
