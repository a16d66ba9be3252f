#include "estimation/blazepose/tflite_model.h"

#include <functional>
#include <numeric>
#include <string>

#include "estimation/blazepose/tflite_constants.h"
#include "estimation/blazepose/tflite_file.h"
#include "estimation/blazepose/tflite_operators.h"

namespace posed::estimation::blazepose {
namespace {

// Twice what the largest network has.
constexpr std::size_t constants_max = 1 << 25;

/// Puts the model together, one operator of the file after the other.
class Assembly {
  public:
    explicit Assembly(const StoredModel& file)
        : file_(file), available_(file.tensors.size()), densified_(file.tensors.size()) {
        for (const auto& tensor : file.tensors)
            model_.values.push_back({.shape = tensor.shape, .constant = {}});
    }

    Result<void> begin() {
        if (file_.inputs.size() != 1)
            return corrupt_model("it has " + std::to_string(file_.inputs.size()) + " inputs instead of 1");
        model_.input = file_.inputs[0];
        available_[model_.input] = true;
        for (std::size_t i = 0; i < file_.tensors.size(); ++i) {
            const auto& tensor = file_.tensors[i];
            if (tensor.data.size() != 0 && tensor.type == StoredType::float32 && !tensor.sparsity)
                TRY(keep_constant(i, tensor));
        }
        return {};
    }

    Result<void> append(std::size_t number) {
        const auto& stored = file_.operators[number];
        if (stored.inputs.empty() || stored.outputs.size() != 1)
            return corrupt_model("operator " + std::to_string(number) +
                                 " takes nothing or makes not one tensor");
        switch (static_cast<OperatorCode>(stored.code)) {
            case OperatorCode::densify:
                densified_[stored.outputs[0]] = &file_.tensors[stored.inputs[0]];
                return {};
            case OperatorCode::dequantize:
                return dequantize(stored.inputs[0], stored.outputs[0]);
            default:
                return append_operation(number);
        }
    }

    Result<Model> finish() {
        for (const auto output : file_.outputs) {
            if (!available_[output])
                return corrupt_model("no operator makes its output");
        }
        model_.outputs = file_.outputs;
        return std::move(model_);
    }

  private:
    Result<void> keep_constant(std::size_t number, const StoredTensor& tensor) {
        auto& value = model_.values[number];
        constants_ += tensor.element_count;
        if (available_[number] || !value.constant.empty() || constants_ > constants_max)
            return corrupt_model("its constants contradict each other, or are too many");
        if (value.shape != tensor.shape)
            return corrupt_model("a constant does not have the shape of what it becomes");
        value.constant = TRY(constant_of(tensor));
        return {};
    }

    Result<void> dequantize(std::size_t from, std::size_t to) {
        const auto* tensor = densified_[from] != nullptr ? densified_[from] : &file_.tensors[from];
        return keep_constant(to, *tensor);
    }

    Result<void> append_operation(std::size_t number) {
        const auto& stored = file_.operators[number];
        auto operation = TRY(read_operation(stored, file_, model_.values));
        for (const auto input : inputs_of(operation)) {
            if (!available_[input])
                return corrupt_model("operator " + std::to_string(number) +
                                     " takes what nothing has made yet");
        }
        const auto output = stored.outputs[0];
        if (available_[output] || !model_.values[output].constant.empty())
            return corrupt_model("operator " + std::to_string(number) + " makes what is there already");
        available_[output] = true;
        model_.nodes.push_back({number, std::move(operation), output});
        return {};
    }

    const StoredModel& file_;
    Model model_;
    std::vector<bool> available_;                 // the input, and what operators so far compute
    std::vector<const StoredTensor*> densified_;  // what a DENSIFY makes: the sparse tensor it takes
    std::size_t constants_ = 0;
};

struct Inputs {
    std::vector<std::size_t> operator()(const Addition& addition) const {
        return {addition.first, addition.second};
    }
    std::vector<std::size_t> operator()(const Concatenation& concatenation) const {
        return concatenation.inputs;
    }
    template <class T>
    std::vector<std::size_t> operator()(const T& operation) const {
        return {operation.input};
    }
};

}  // namespace

std::size_t count_of(const Shape& shape) {
    return std::accumulate(shape.begin(), shape.end(), std::size_t{1}, std::multiplies());
}

std::vector<std::size_t> inputs_of(const Operation& operation) {
    return std::visit(Inputs(), operation);
}

Result<Model> read_tflite_model(std::span<const std::byte> file) {
    const auto stored = TRY(read_tflite_file(file));
    Assembly assembly(stored);
    TRY(assembly.begin());
    for (std::size_t i = 0; i < stored.operators.size(); ++i)
        TRY(assembly.append(i));
    return assembly.finish();
}

}  // namespace posed::estimation::blazepose
