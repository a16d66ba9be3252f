#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "estimation/blazepose/flatbuffer.h"

/// A `.tflite` file as it is stored: tensors, buffers and operators, not yet understood. Field numbers are
/// those of TensorFlow Lite's schema, version 3. Everything here looks into the file's bytes, which must
/// outlive it.
namespace posed::estimation::blazepose {

enum class StoredType : std::int8_t { float32 = 0, float16 = 1, int32 = 2 };

/// Rows of a [out, 1, 1, in] tensor of which only some values are stored: row r has the values
/// starts[r] .. starts[r+1], which belong in the columns that `columns` names.
struct StoredSparsity {
    std::vector<std::uint32_t> starts;
    std::vector<std::uint32_t> columns;
};

struct StoredTensor {
    StoredType type = StoredType::float32;
    std::vector<std::size_t> shape;  ///< each at least 1
    std::size_t element_count = 1;   ///< their product
    FlatScalars<std::uint8_t> data;  ///< empty: computed when the network runs
    std::optional<StoredSparsity> sparsity;
};

struct StoredOperator {
    std::int32_t code = 0;  ///< BuiltinOperator of the schema
    std::vector<std::size_t> inputs;
    std::vector<std::size_t> outputs;
    std::optional<FlatTable> options;
};

struct StoredModel {
    std::vector<StoredTensor> tensors;
    std::vector<StoredOperator> operators;
    std::vector<std::size_t> inputs;
    std::vector<std::size_t> outputs;
};

/// Reads the only subgraph. All tensor numbers in the result are valid, and `data` has the size that the type
/// and the shape (or the sparsity) ask for. Errors: corrupt_model.
[[nodiscard]] Result<StoredModel> read_tflite_file(std::span<const std::byte> file);

/// What every step from the file to the network says of one that is not as it should be.
[[nodiscard]] Error corrupt_model(const std::string& what);

}  // namespace posed::estimation::blazepose
