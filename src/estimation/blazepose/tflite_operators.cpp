#include "estimation/blazepose/tflite_operators.h"

#include <algorithm>
#include <limits>
#include <string>

#include "estimation/blazepose/tflite_constants.h"

namespace posed::estimation::blazepose {
namespace {

// Far above every kernel and stride of the networks.
constexpr std::int32_t window_max = 64;

/// One operator and what it refers to.
struct Reader {
    const StoredOperator& stored;
    const StoredModel& file;
    const std::vector<Value>& values;

    [[nodiscard]] std::size_t input(std::size_t place) const { return stored.inputs[place]; }
    [[nodiscard]] const Shape& shape(std::size_t place) const { return values[input(place)].shape; }
    [[nodiscard]] const Shape& output_shape() const { return values[stored.outputs[0]].shape; }

    template <class T>
    [[nodiscard]] Result<T> option(int field, T otherwise) const {
        return stored.options ? stored.options->scalar<T>(field, otherwise) : Result<T>(otherwise);
    }

    [[nodiscard]] Result<void> takes(std::size_t count) const {
        if (stored.inputs.size() != count)
            return corrupt_model("an operator " + std::to_string(stored.code) + " on " +
                                 std::to_string(stored.inputs.size()) + " tensors instead of " +
                                 std::to_string(count));
        return {};
    }

    [[nodiscard]] Result<void> requires_that(bool fits) const {
        if (!fits)
            return corrupt_model("an operator " + std::to_string(stored.code) +
                                 " of a form that is not supported, or whose tensors do not fit it");
        return {};
    }
};

Result<std::size_t> count_option(const Reader& reader, int field) {
    const auto value = TRY(reader.option<std::int32_t>(field, 0));
    TRY(reader.requires_that(value >= 1 && value <= window_max));
    return static_cast<std::size_t>(value);
}

Result<Bounds> bounds_option(const Reader& reader, int field) {
    constexpr float infinity = std::numeric_limits<float>::infinity();
    const auto activation = TRY(reader.option<std::int8_t>(field, 0));
    TRY(reader.requires_that(activation == 0 || activation == 1 || activation == 3));
    if (activation == 0)
        return Bounds{-infinity, infinity};
    return Bounds{0.0F, activation == 3 ? 6.0F : infinity};
}

/// Padding and strides are the first fields of all options of window operators.
Result<Window> window_option(const Reader& reader, std::size_t height, std::size_t width) {
    const auto padding = TRY(reader.option<std::int8_t>(0, 0));
    TRY(reader.requires_that(padding == 0 || padding == 1));
    const auto stride_width = TRY(count_option(reader, 1));
    const auto stride_height = TRY(count_option(reader, 2));
    return Window{height, width, stride_height, stride_width, padding == 0 ? Padding::same : Padding::valid};
}

/// 0 where the window does not fit even once.
std::size_t windowed(std::size_t size, std::size_t window, std::size_t stride, Padding padding) noexcept {
    if (padding == Padding::same)
        return (size + stride - 1) / stride;
    return size < window ? 0 : (size - window) / stride + 1;
}

Shape windowed(const Shape& input, const Window& window, std::size_t channels) {
    return {input[0], windowed(input[1], window.height, window.stride_height, window.padding),
            windowed(input[2], window.width, window.stride_width, window.padding), channels};
}

bool is_image(const Shape& shape) noexcept {
    return shape.size() == 4 && shape[0] == 1;
}

Result<void> requires_no_dilation(const Reader& reader, int field) {
    const auto horizontal = TRY(reader.option<std::int32_t>(field, 1));
    const auto vertical = TRY(reader.option<std::int32_t>(field + 1, 1));
    return reader.requires_that(horizontal == 1 && vertical == 1);
}

/// Input, weights and bias; the weights are [`out`, height, width, `in`] of constants.
Result<void> requires_weights(const Reader& reader, std::size_t out_dimension) {
    TRY(reader.takes(3));
    const auto& weights = reader.shape(1);
    TRY(reader.requires_that(is_image(reader.shape(0)) && weights.size() == 4 &&
                             weights[3 - out_dimension] == (out_dimension == 3 ? 1 : reader.shape(0)[3]) &&
                             reader.shape(2) == Shape{weights[out_dimension]}));
    TRY(reader.requires_that(weights[1] <= window_max && weights[2] <= window_max));
    return reader.requires_that(!reader.values[reader.input(1)].constant.empty() &&
                                !reader.values[reader.input(2)].constant.empty());
}

Result<Operation> read_convolution(const Reader& reader) {
    TRY(requires_weights(reader, 0));
    TRY(requires_no_dilation(reader, 4));
    const auto& weights = reader.shape(1);
    const auto window = TRY(window_option(reader, weights[1], weights[2]));
    TRY(reader.requires_that(reader.output_shape() == windowed(reader.shape(0), window, weights[0])));
    return Operation(Convolution{reader.input(0), reader.input(1), reader.input(2), window,
                                 TRY(bounds_option(reader, 3))});
}

Result<Operation> read_depthwise_convolution(const Reader& reader) {
    TRY(requires_weights(reader, 3));
    TRY(requires_no_dilation(reader, 5));
    const auto& weights = reader.shape(1);
    const auto multiplier = TRY(reader.option<std::int32_t>(3, 0));
    TRY(reader.requires_that(multiplier == 1 && weights[3] == reader.shape(0)[3]));
    const auto window = TRY(window_option(reader, weights[1], weights[2]));
    TRY(reader.requires_that(reader.output_shape() == windowed(reader.shape(0), window, weights[3])));
    return Operation(DepthwiseConvolution{reader.input(0), reader.input(1), reader.input(2), window,
                                          TRY(bounds_option(reader, 4))});
}

Result<Operation> read_max_pool(const Reader& reader) {
    TRY(reader.takes(1));
    TRY(reader.requires_that(is_image(reader.shape(0))));
    const auto width = TRY(count_option(reader, 3));
    const auto height = TRY(count_option(reader, 4));
    const auto window = TRY(window_option(reader, height, width));
    TRY(reader.requires_that(reader.output_shape() == windowed(reader.shape(0), window, reader.shape(0)[3])));
    return Operation(MaxPool{reader.input(0), window, TRY(bounds_option(reader, 5))});
}

Result<Operation> read_pad(const Reader& reader) {
    TRY(reader.takes(2));
    const auto amounts = TRY(integers_of(reader.file.tensors[reader.input(1)]));
    const auto& shape = reader.shape(0);
    TRY(reader.requires_that(is_image(shape) && reader.shape(1) == Shape{4, 2} &&
                             reader.output_shape().size() == 4));
    Pad pad{reader.input(0), Shape(4), Shape(4)};
    for (std::size_t i = 0; i < 4; ++i) {
        const auto before = amounts[2 * i];
        const auto after = amounts[2 * i + 1];
        TRY(reader.requires_that(before >= 0 && after >= 0));
        pad.before[i] = static_cast<std::size_t>(before);
        pad.after[i] = static_cast<std::size_t>(after);
        TRY(reader.requires_that(reader.output_shape()[i] == shape[i] + pad.before[i] + pad.after[i]));
    }
    return Operation(std::move(pad));
}

Result<Operation> read_addition(const Reader& reader) {
    TRY(reader.takes(2));
    TRY(reader.requires_that(reader.shape(0) == reader.shape(1) && reader.shape(0) == reader.output_shape()));
    return Operation(Addition{reader.input(0), reader.input(1), TRY(bounds_option(reader, 0))});
}

Result<Operation> read_resize_bilinear(const Reader& reader) {
    TRY(reader.takes(2));
    const auto size = TRY(integers_of(reader.file.tensors[reader.input(1)]));
    const auto align_corners = TRY(reader.option<std::uint8_t>(2, 0));
    const auto half_pixel_centers = TRY(reader.option<std::uint8_t>(3, 0));
    const auto& from = reader.shape(0);
    const auto& to = reader.output_shape();
    TRY(reader.requires_that(is_image(from) && is_image(to) && from[3] == to[3] && size.size() == 2));
    TRY(reader.requires_that(static_cast<std::size_t>(size[0]) == to[1] &&
                             static_cast<std::size_t>(size[1]) == to[2] && align_corners == 0 &&
                             half_pixel_centers == 1));
    return Operation(ResizeBilinear{reader.input(0)});
}

Result<Operation> read_depth_to_space(const Reader& reader) {
    TRY(reader.takes(1));
    const auto block = TRY(count_option(reader, 0));
    const auto& from = reader.shape(0);
    TRY(reader.requires_that(is_image(from) && block >= 2));
    TRY(reader.requires_that(from[3] % (block * block) == 0 &&
                             reader.output_shape() ==
                                 Shape{1, from[1] * block, from[2] * block, from[3] / (block * block)}));
    return Operation(DepthToSpace{reader.input(0), block});
}

/// The wanted shape stands in the output as well as in a second input; the output's counts.
Result<Operation> read_reshape(const Reader& reader) {
    TRY(reader.requires_that(reader.stored.inputs.size() == 1 || reader.stored.inputs.size() == 2));
    TRY(reader.requires_that(reader.file.tensors[reader.input(0)].element_count ==
                             reader.file.tensors[reader.stored.outputs[0]].element_count));
    return Operation(Reshape{reader.input(0)});
}

Result<Operation> read_concatenation(const Reader& reader) {
    const auto axis = TRY(reader.option<std::int32_t>(0, 0));
    const auto activation = TRY(reader.option<std::int8_t>(1, 0));
    Shape joined = reader.output_shape();
    TRY(reader.requires_that(axis >= 0 && static_cast<std::size_t>(axis) < joined.size() && activation == 0));
    TRY(reader.requires_that(
        std::all_of(joined.begin(), joined.begin() + axis, [](std::size_t size) { return size == 1; })));
    auto left = joined[static_cast<std::size_t>(axis)];
    for (const auto number : reader.stored.inputs) {
        auto shape = reader.values[number].shape;
        TRY(reader.requires_that(shape.size() == joined.size()));
        const auto length = shape[static_cast<std::size_t>(axis)];
        joined[static_cast<std::size_t>(axis)] = length;
        TRY(reader.requires_that(shape == joined && length <= left));
        left -= length;
    }
    TRY(reader.requires_that(left == 0));
    return Operation(Concatenation{reader.stored.inputs});
}

Result<Operation> read_logistic(const Reader& reader) {
    TRY(reader.takes(1));
    TRY(reader.requires_that(!reader.shape(0).empty() && reader.shape(0) == reader.output_shape()));
    return Operation(Logistic{reader.input(0)});
}

}  // namespace

Result<Operation> read_operation(const StoredOperator& stored, const StoredModel& file,
                                 const std::vector<Value>& values) {
    const Reader reader{stored, file, values};
    switch (static_cast<OperatorCode>(stored.code)) {
        case OperatorCode::add:
            return read_addition(reader);
        case OperatorCode::concatenation:
            return read_concatenation(reader);
        case OperatorCode::convolution:
            return read_convolution(reader);
        case OperatorCode::depthwise_convolution:
            return read_depthwise_convolution(reader);
        case OperatorCode::depth_to_space:
            return read_depth_to_space(reader);
        case OperatorCode::logistic:
            return read_logistic(reader);
        case OperatorCode::max_pool:
            return read_max_pool(reader);
        case OperatorCode::reshape:
            return read_reshape(reader);
        case OperatorCode::resize_bilinear:
            return read_resize_bilinear(reader);
        case OperatorCode::pad:
            return read_pad(reader);
        case OperatorCode::dequantize:
        case OperatorCode::densify:
            break;  // of constants, at load; nothing else occurs
    }
    return corrupt_model("the operator " + std::to_string(stored.code) + " is not among those of BlazePose");
}

}  // namespace posed::estimation::blazepose
