#include "estimation/blazepose/subgraph.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace posed::estimation::blazepose {
namespace {

/// Zeros around an image, of which a convolution's window may take in some.
struct Margins {
    std::uint32_t top;
    std::uint32_t right;
    std::uint32_t bottom;
    std::uint32_t left;
};

std::size_t same_padding(std::size_t input, std::size_t output, std::size_t window, std::size_t stride) {
    const auto covered = (output - 1) * stride + window;
    return covered > input ? covered - input : 0;
}

/// Spelled out rather than left to XNN_FLAG_TENSORFLOW_SAME_PADDING: XNNPACK chooses its kernels by the
/// numbers.
Margins margins_of(const Window& window, const Shape& input, const Shape& output) {
    if (window.padding == Padding::valid)
        return {0, 0, 0, 0};
    const auto vertical = same_padding(input[1], output[1], window.height, window.stride_height);
    const auto horizontal = same_padding(input[2], output[2], window.width, window.stride_width);
    return {static_cast<std::uint32_t>(vertical / 2), static_cast<std::uint32_t>(horizontal - horizontal / 2),
            static_cast<std::uint32_t>(vertical - vertical / 2), static_cast<std::uint32_t>(horizontal / 2)};
}

class Builder {
  public:
    Builder(const Model& model, xnn_subgraph_t subgraph)
        : model_(model), subgraph_(subgraph), ids_(model.values.size(), XNN_INVALID_VALUE_ID) {}

    Result<void> define_external(std::size_t value, std::uint32_t id, std::uint32_t flags) {
        return define(value, id, flags);
    }

    Result<void> append(const Node& node) {
        output_ = TRY(id_of(node.output));
        output_shape_ = &model_.values[node.output].shape;
        const auto status =
            TRY(std::visit([this](const auto& operation) { return add(operation); }, node.operation));
        return checked(status, "operator " + std::to_string(node.number));
    }

  private:
    Result<void> define(std::size_t value, std::uint32_t external_id, std::uint32_t flags) {
        const auto& [shape, constant] = model_.values[value];
        return checked(xnn_define_tensor_value(subgraph_, xnn_datatype_fp32, shape.size(), shape.data(),
                                               constant.empty() ? nullptr : constant.data(), external_id,
                                               flags, &ids_[value]),
                       "a tensor");
    }

    Result<std::uint32_t> id_of(std::size_t value) {
        if (ids_[value] == XNN_INVALID_VALUE_ID)
            TRY(define(value, XNN_INVALID_VALUE_ID, 0));
        return ids_[value];
    }

    [[nodiscard]] const Shape& shape_of(std::size_t value) const { return model_.values[value].shape; }

    Result<xnn_status> add(const Convolution& operation) {
        const auto& input = shape_of(operation.input);
        const auto& [height, width, stride_height, stride_width, padding] = operation.window;
        const auto margins = margins_of(operation.window, input, *output_shape_);
        const auto from = TRY(id_of(operation.input));
        const auto weights = TRY(id_of(operation.weights));
        const auto bias = TRY(id_of(operation.bias));
        return xnn_define_convolution_2d(
            subgraph_, margins.top, margins.right, margins.bottom, margins.left,
            static_cast<std::uint32_t>(height), static_cast<std::uint32_t>(width),
            static_cast<std::uint32_t>(stride_height), static_cast<std::uint32_t>(stride_width), 1, 1, 1,
            input[3], (*output_shape_)[3], operation.bounds.least, operation.bounds.most, from, weights, bias,
            output_, 0);
    }

    Result<xnn_status> add(const DepthwiseConvolution& operation) {
        const auto& input = shape_of(operation.input);
        const auto& [height, width, stride_height, stride_width, padding] = operation.window;
        const auto margins = margins_of(operation.window, input, *output_shape_);
        const auto from = TRY(id_of(operation.input));
        const auto weights = TRY(id_of(operation.weights));
        const auto bias = TRY(id_of(operation.bias));
        return xnn_define_depthwise_convolution_2d(
            subgraph_, margins.top, margins.right, margins.bottom, margins.left,
            static_cast<std::uint32_t>(height), static_cast<std::uint32_t>(width),
            static_cast<std::uint32_t>(stride_height), static_cast<std::uint32_t>(stride_width), 1, 1, 1,
            input[3], operation.bounds.least, operation.bounds.most, from, weights, bias, output_, 0);
    }

    Result<xnn_status> add(const Pad& operation) {
        return xnn_define_static_constant_pad(subgraph_, operation.before.data(), operation.after.data(),
                                              0.0F, TRY(id_of(operation.input)), output_, 0);
    }

    Result<xnn_status> add(const Addition& operation) {
        const auto first = TRY(id_of(operation.first));
        const auto second = TRY(id_of(operation.second));
        return xnn_define_add2(subgraph_, operation.bounds.least, operation.bounds.most, first, second,
                               output_, 0);
    }

    Result<xnn_status> add(const ResizeBilinear& operation) {
        return xnn_define_static_resize_bilinear_2d(subgraph_, (*output_shape_)[1], (*output_shape_)[2],
                                                    TRY(id_of(operation.input)), output_, 0);
    }

    Result<xnn_status> add(const MaxPool& operation) {
        const auto& [height, width, stride_height, stride_width, padding] = operation.window;
        const auto margins = margins_of(operation.window, shape_of(operation.input), *output_shape_);
        return xnn_define_max_pooling_2d(
            subgraph_, margins.top, margins.right, margins.bottom, margins.left,
            static_cast<std::uint32_t>(height), static_cast<std::uint32_t>(width),
            static_cast<std::uint32_t>(stride_height), static_cast<std::uint32_t>(stride_width), 1, 1,
            operation.bounds.least, operation.bounds.most, TRY(id_of(operation.input)), output_, 0);
    }

    Result<xnn_status> add(const DepthToSpace& operation) {
        return xnn_define_depth_to_space(subgraph_, TRY(id_of(operation.input)), output_,
                                         static_cast<std::uint32_t>(operation.block), 0);
    }

    Result<xnn_status> add(const Reshape& operation) {
        return xnn_define_static_reshape(subgraph_, output_shape_->size(), output_shape_->data(),
                                         TRY(id_of(operation.input)), output_, 0);
    }

    // A schedule runs none.
    Result<xnn_status> add(const Concatenation&) { return xnn_status_unsupported_parameter; }

    Result<xnn_status> add(const Logistic& operation) {
        return xnn_define_sigmoid(subgraph_, TRY(id_of(operation.input)), output_, 0);
    }

    const Model& model_;
    xnn_subgraph_t subgraph_;
    std::vector<std::uint32_t> ids_;  // of the values defined so far
    std::uint32_t output_ = XNN_INVALID_VALUE_ID;
    const Shape* output_shape_ = nullptr;
};

}  // namespace

Result<void> checked(xnn_status status, std::string_view what) {
    if (status != xnn_status_success)
        return fail(Code::internal,
                    "XNNPACK fails at " + std::string(what) + " with status " + std::to_string(status));
    return {};
}

Result<Subgraph> build_subgraph(const Model& model, const Schedule& schedule) {
    std::uint32_t externals = 1;
    for (const auto& parts : schedule.outputs)
        externals += static_cast<std::uint32_t>(parts.size());
    xnn_subgraph_t created = nullptr;
    TRY(checked(xnn_create_subgraph(externals, 0, &created), "a network"));
    Subgraph subgraph(created);
    Builder builder(model, created);
    std::uint32_t external = 0;
    TRY(builder.define_external(model.input, external++, XNN_VALUE_FLAG_EXTERNAL_INPUT));
    for (const auto& parts : schedule.outputs) {
        for (const auto& part : parts)
            TRY(builder.define_external(part.value, external++, XNN_VALUE_FLAG_EXTERNAL_OUTPUT));
    }
    for (const auto* node : schedule.nodes)
        TRY(builder.append(*node));
    return subgraph;
}

}  // namespace posed::estimation::blazepose
