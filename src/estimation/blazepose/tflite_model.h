#pragma once

#include <cstddef>
#include <span>
#include <variant>
#include <vector>

#include "base/result.h"

namespace posed::estimation::blazepose {

/// A network ready to be run: constants in float32, operators with their meaning, every shape verified.
/// Tensors are named by their number in the file, laid out [batch, row, column, channel] with batch 1. What
/// an operator does is the definition of TensorFlow Lite's operator of that name.

using Shape = std::vector<std::size_t>;

/// How many numbers a tensor of that shape has.
[[nodiscard]] std::size_t count_of(const Shape& shape);

struct Value {
    Shape shape;
    std::vector<float> constant;  ///< row-major; empty: the input, or computed by an operator
};

/// Where the window of a convolution may reach over the edge, into zeros. `same`: so far that output =
/// ceil(input / stride), the odd one of the rows or columns below and on the right.
enum class Padding { same, valid };

struct Bounds {
    float least;
    float most;
};

struct Window {
    std::size_t height;
    std::size_t width;
    std::size_t stride_height;
    std::size_t stride_width;
    Padding padding;
};

/// Weights [out, height, width, in], bias [out].
struct Convolution {
    std::size_t input;
    std::size_t weights;
    std::size_t bias;
    Window window;
    Bounds bounds;
};

/// Weights [1, height, width, channels], bias [channels].
struct DepthwiseConvolution {
    std::size_t input;
    std::size_t weights;
    std::size_t bias;
    Window window;
    Bounds bounds;
};

/// Zeros before and after the input, per dimension.
struct Pad {
    std::size_t input;
    Shape before;
    Shape after;
};

struct Addition {
    std::size_t first;
    std::size_t second;
    Bounds bounds;
};

/// To the output's size, pixel centres at half-integers, neighbours clamped to the border.
struct ResizeBilinear {
    std::size_t input;
};

struct MaxPool {
    std::size_t input;
    Window window;
    Bounds bounds;
};

/// out[y*block + dy, x*block + dx, c] = in[y, x, (dy*block + dx)*channels_out + c].
struct DepthToSpace {
    std::size_t input;
    std::size_t block;
};

struct Reshape {
    std::size_t input;
};

/// One input's values after the other's: the dimensions before the axis are all 1.
struct Concatenation {
    std::vector<std::size_t> inputs;
};

struct Logistic {
    std::size_t input;
};

using Operation = std::variant<Convolution, DepthwiseConvolution, Pad, Addition, ResizeBilinear, MaxPool,
                               DepthToSpace, Reshape, Concatenation, Logistic>;

struct Node {
    std::size_t number;  ///< of the operator in the file
    Operation operation;
    std::size_t output;
};

struct Model {
    std::vector<Value> values;
    std::vector<Node> nodes;  ///< each after those whose output it takes
    std::size_t input = 0;
    std::vector<std::size_t> outputs;
};

/// The computed values that an operation takes (weights and the like are not among them).
[[nodiscard]] std::vector<std::size_t> inputs_of(const Operation& operation);

/// Reads a `.tflite` file; the model keeps nothing of its bytes. Errors: corrupt_model, also for operators
/// and forms of them that these networks do not use.
[[nodiscard]] Result<Model> read_tflite_model(std::span<const std::byte> file);

}  // namespace posed::estimation::blazepose
