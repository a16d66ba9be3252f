#pragma once

#include <cstddef>
#include <unordered_map>
#include <vector>

#include <dnnl.hpp>

#include "estimation/blazepose/schedule.h"
#include "estimation/blazepose/tflite_model.h"

namespace posed::estimation::blazepose {

/// A primitive of oneDNN and the memory that it works on.
struct Call {
    dnnl::primitive primitive;
    std::unordered_map<int, dnnl::memory> arguments;
};

/// What one thread runs, in this order.
using Piece = std::vector<Call>;

/// Memory for a part of a tensor that is the caller's: each run says where it lies.
struct Placed {
    dnnl::memory memory;
    std::size_t offset;  ///< how many of the tensor's values lie before it
};

/// A schedule as primitives of oneDNN, each of one thread, with their weights and buffers. Steps run one
/// after the other; the pieces of a step compute different rows, in any order or at the same time.
struct Program {
    dnnl::engine engine{dnnl::engine::kind::cpu, 0};
    std::vector<std::vector<Piece>> steps;
    // Laid out as in the file.
    std::vector<Placed> input;
    std::vector<std::vector<Placed>> outputs;  // of the schedule's parts, one output after the other
    std::vector<dnnl::memory> buffers;         // of the tensors between; `steps` only point to them
};

/// `threads`: into how many pieces a step is cut at most. The program keeps
/// nothing of model and schedule. Throws dnnl::error where oneDNN refuses.
[[nodiscard]] Program build_program(const Model& model, const Schedule& schedule, std::size_t threads);

}  // namespace posed::estimation::blazepose
