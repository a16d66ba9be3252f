#include "estimation/blazepose/tflite_file.h"

#include <algorithm>
#include <string>

namespace posed::estimation::blazepose {
namespace {

// Well above what the networks have; they keep a hostile file from asking for more memory than it is worth.
constexpr std::size_t tensors_max = 1 << 14;
constexpr std::size_t operands_max = 64;
constexpr std::size_t rank_max = 6;
constexpr std::size_t elements_max = 1 << 24;

std::string numbered(const char* what, std::size_t number) {
    return std::string(what) + " " + std::to_string(number);
}

Result<std::vector<std::size_t>> tensor_numbers(const FlatScalars<std::int32_t>& stored, std::size_t count) {
    std::vector<std::size_t> numbers;
    if (stored.size() > operands_max)
        return corrupt_model("an operator on " + std::to_string(stored.size()) + " tensors");
    for (std::size_t i = 0; i < stored.size(); ++i) {
        if (stored[i] < 0 || static_cast<std::size_t>(stored[i]) >= count)
            return corrupt_model("tensor " + std::to_string(stored[i]) + " of " + std::to_string(count) +
                                 " is referred to");
        numbers.push_back(static_cast<std::size_t>(stored[i]));
    }
    return numbers;
}

template <class T>
Result<std::vector<std::uint32_t>> widened(const FlatTable& holder) {
    const auto stored = TRY(holder.scalars<T>(0));
    std::vector<std::uint32_t> numbers(stored.size());
    for (std::size_t i = 0; i < stored.size(); ++i)
        numbers[i] = static_cast<std::uint32_t>(stored[i]);
    return numbers;
}

/// A union of vectors of three widths: its type in one field, the table that holds the vector in the next.
Result<std::vector<std::uint32_t>> index_vector(const FlatTable& dimension, int type_field) {
    const auto type = TRY(dimension.scalar<std::uint8_t>(type_field, 0));
    const auto holder = TRY(dimension.table(type_field + 1));
    if (!holder)
        return corrupt_model("a sparse tensor without indices");
    switch (type) {
        case 1:
            return widened<std::int32_t>(*holder);
        case 2:
            return widened<std::uint16_t>(*holder);
        case 3:
            return widened<std::uint8_t>(*holder);
        default:
            return corrupt_model("sparse indices of the unknown kind " + std::to_string(type));
    }
}

bool is_consistent(const StoredSparsity& sparsity, std::size_t rows, std::size_t columns) {
    return sparsity.starts.size() == rows + 1 && sparsity.starts.front() == 0 &&
           sparsity.columns.size() <= rows * columns && sparsity.starts.back() == sparsity.columns.size() &&
           std::ranges::is_sorted(sparsity.starts) &&
           std::ranges::all_of(sparsity.columns, [&](std::uint32_t column) { return column < columns; });
}

/// Only the form that occurs is read: [out, 1, 1, in] in natural order, of which the last dimension is
/// sparse.
Result<StoredSparsity> read_sparsity(const FlatTable& table, const std::vector<std::size_t>& shape) {
    const auto order = TRY(table.scalars<std::int32_t>(0));
    const auto blocks = TRY(table.scalars<std::int32_t>(1));
    const auto dimensions = TRY(table.tables(2));
    if (shape.size() != 4 || shape[1] != 1 || shape[2] != 1 || order.size() != 4 || dimensions.size() != 4 ||
        blocks.size() != 0)
        return corrupt_model("a sparse tensor that is not one of point-wise weights");
    for (std::size_t i = 0; i < 4; ++i) {
        const auto format = TRY(TRY(dimensions.at(i)).scalar<std::int8_t>(0, 0));
        if (order[i] != static_cast<std::int32_t>(i) || format != (i == 3 ? 1 : 0))
            return corrupt_model("a sparse tensor in an unknown order");
    }
    const auto last = TRY(dimensions.at(3));
    StoredSparsity sparsity;
    sparsity.starts = TRY(index_vector(last, 2));
    sparsity.columns = TRY(index_vector(last, 4));
    if (!is_consistent(sparsity, shape[0], shape[3]))
        return corrupt_model("a sparse tensor whose indices contradict each other");
    return sparsity;
}

Result<void> read_shape(const FlatTable& table, StoredTensor& tensor) {
    const auto shape = TRY(table.scalars<std::int32_t>(0));
    if (shape.size() > rank_max)
        return corrupt_model("a tensor of " + std::to_string(shape.size()) + " dimensions");
    for (std::size_t i = 0; i < shape.size(); ++i) {
        if (shape[i] < 1 || static_cast<std::size_t>(shape[i]) > elements_max / tensor.element_count)
            return corrupt_model("a tensor with a dimension of " + std::to_string(shape[i]));
        tensor.shape.push_back(static_cast<std::size_t>(shape[i]));
        tensor.element_count *= tensor.shape.back();
    }
    return {};
}

Result<StoredTensor> read_tensor(const FlatTable& table, const FlatTables& buffers) {
    StoredTensor tensor;
    TRY(read_shape(table, tensor));
    const auto type = TRY(table.scalar<std::int8_t>(1, 0));
    if (type < 0 || type > static_cast<std::int8_t>(StoredType::int32))
        return corrupt_model("a tensor of the unknown type " + std::to_string(type));
    tensor.type = static_cast<StoredType>(type);
    const auto buffer = TRY(buffers.at(TRY(table.scalar<std::uint32_t>(2, 0))));
    tensor.data = TRY(buffer.scalars<std::uint8_t>(0));
    const auto sparsity = TRY(table.table(6));
    if (sparsity)
        tensor.sparsity = TRY(read_sparsity(*sparsity, tensor.shape));
    const auto stored_count = sparsity ? tensor.sparsity->columns.size() : tensor.element_count;
    const std::size_t bytes = stored_count * (tensor.type == StoredType::float16 ? 2 : 4);
    if (tensor.data.size() != 0 && tensor.data.size() != bytes)
        return corrupt_model("a tensor with " + std::to_string(tensor.data.size()) +
                             " bytes of data instead of " + std::to_string(bytes));
    return tensor;
}

Result<std::vector<std::int32_t>> read_codes(const FlatTable& model) {
    const auto tables = TRY(model.tables(1));
    std::vector<std::int32_t> codes;
    for (std::size_t i = 0; i < std::min(tables.size(), tensors_max); ++i) {
        const auto table = TRY(tables.at(i));
        // The code outgrew its byte; whichever of the two fields is larger holds it.
        const std::int32_t narrow = TRY(table.scalar<std::int8_t>(0, 0));
        codes.push_back(std::max(narrow, TRY(table.scalar<std::int32_t>(3, 0))));
    }
    return codes;
}

Result<StoredOperator> read_operator(const FlatTable& table, const std::vector<std::int32_t>& codes,
                                     std::size_t tensor_count) {
    const auto code = TRY(table.scalar<std::uint32_t>(0, 0));
    if (code >= codes.size())
        return corrupt_model("operator code " + std::to_string(code) + " of " + std::to_string(codes.size()) +
                             " is referred to");
    StoredOperator stored;
    stored.code = codes[code];
    stored.options = TRY(table.table(4));
    stored.inputs = TRY(tensor_numbers(TRY(table.scalars<std::int32_t>(1)), tensor_count));
    stored.outputs = TRY(tensor_numbers(TRY(table.scalars<std::int32_t>(2)), tensor_count));
    return stored;
}

}  // namespace

Result<StoredModel> read_tflite_file(std::span<const std::byte> file) {
    const auto root = TRY(root_of(file, "TFL3"));
    const auto version = TRY(root.scalar<std::uint32_t>(0, 0));
    if (version != 3)
        return corrupt_model(numbered("schema version", version) + " instead of 3");
    const auto codes = TRY(read_codes(root));
    const auto buffers = TRY(root.tables(4));
    const auto subgraph = TRY(TRY(root.tables(2)).at(0));
    const auto tensors = TRY(subgraph.tables(0));
    const auto operators = TRY(subgraph.tables(3));
    if (tensors.size() > tensors_max || operators.size() > tensors_max)
        return corrupt_model(numbered("tensors:", tensors.size()) +
                             numbered(", operators:", operators.size()) + numbered("; at most", tensors_max));
    StoredModel model;
    std::size_t sparse_elements = 0;
    for (std::size_t i = 0; i < tensors.size(); ++i) {
        model.tensors.push_back(TRY(read_tensor(TRY(tensors.at(i)), buffers)));
        sparse_elements += model.tensors.back().sparsity ? model.tensors.back().element_count : 0;
        if (sparse_elements > elements_max)
            return corrupt_model("sparse tensors of more than " + std::to_string(elements_max) + " elements");
    }
    for (std::size_t i = 0; i < operators.size(); ++i)
        model.operators.push_back(TRY(read_operator(TRY(operators.at(i)), codes, tensors.size())));
    model.inputs = TRY(tensor_numbers(TRY(subgraph.scalars<std::int32_t>(1)), tensors.size()));
    model.outputs = TRY(tensor_numbers(TRY(subgraph.scalars<std::int32_t>(2)), tensors.size()));
    return model;
}

Error corrupt_model(const std::string& what) {
    return fail(Code::corrupt_model, "not a usable network: " + what);
}

}  // namespace posed::estimation::blazepose
