#include "estimation/blazepose/fusion.h"

#include <algorithm>
#include <cmath>

namespace posed::estimation::blazepose {
namespace {

std::size_t same_padding(std::size_t input, std::size_t output, std::size_t window, std::size_t stride) {
    const auto covered = (output - 1) * stride + window;
    return covered > input ? covered - input : 0;
}

Margins margins_of(const Window& window, const Shape& input, const Shape& output) {
    if (window.padding == Padding::valid)
        return {};
    const auto vertical = same_padding(input[1], output[1], window.height, window.stride_height);
    const auto horizontal = same_padding(input[2], output[2], window.width, window.stride_width);
    return {.top = vertical / 2,
            .left = horizontal / 2,
            .bottom = vertical - vertical / 2,
            .right = horizontal - horizontal / 2};
}

bool is_convolution(const Node& node) {
    return std::holds_alternative<Convolution>(node.operation) ||
           std::holds_alternative<DepthwiseConvolution>(node.operation);
}

class Fusion {
  public:
    Fusion(const Model& model, const Schedule& schedule)
        : model_(model),
          schedule_(schedule),
          makers_(model.values.size()),
          users_(model.values.size()),
          wanted_(model.values.size()) {
        for (const auto* node : schedule.nodes) {
            makers_[node->output] = node;
            for (const auto input : inputs_of(node->operation))
                users_[input].push_back(node);
        }
        for (const auto& parts : schedule.outputs) {
            for (const auto& part : parts)
                wanted_[part.value] = true;
        }
    }

    std::vector<FusedNode> nodes() {
        std::vector<FusedNode> fused;
        for (const auto* node : schedule_.nodes) {
            if (!is_swallowed(*node))
                fused.push_back(fused_node(*node));
        }
        return fused;
    }

  private:
    /// Whether it is done with the node behind it.
    bool is_swallowed(const Node& node) const {
        if (is_margin(node))
            return true;
        if (wanted_[node.output] || users_[node.output].size() != 1)
            return false;
        const auto& user = *users_[node.output].front();
        return std::holds_alternative<Addition>(user.operation) && carrier_of(user) == &node;
    }

    /// A Pad of rows and columns whose users are all convolutions.
    bool is_margin(const Node& node) const {
        const auto* const pad = std::get_if<Pad>(&node.operation);
        return pad != nullptr && pad->before[3] == 0 && pad->after[3] == 0 && !wanted_[node.output] &&
               std::ranges::all_of(users_[node.output],
                                   [](const Node* user) { return is_convolution(*user); });
    }

    /// The node that an addition is done along with: null if neither input allows it. oneDNN adds before it
    /// limits, so the input must not have been limited itself.
    const Node* carrier_of(const Node& addition) const {
        const auto& [first, second, bounds] = std::get<Addition>(addition.operation);
        for (const auto input : {first, second}) {
            const auto* const maker = makers_[input];
            if (maker == nullptr || wanted_[input] || users_[input].size() != 1)
                continue;
            const auto* const convolution = std::get_if<Convolution>(&maker->operation);
            if (std::holds_alternative<ResizeBilinear>(maker->operation) ||
                (convolution != nullptr && std::isinf(convolution->bounds.least) &&
                 std::isinf(convolution->bounds.most)))
                return maker;
        }
        return nullptr;
    }

    FusedNode fused_node(const Node& node) const {
        if (const auto* const addition = std::get_if<Addition>(&node.operation)) {
            if (const auto* const carrier = carrier_of(node)) {
                auto fused = plain_node(*carrier);
                fused.addition = {
                    .addend = addition->first == carrier->output ? addition->second : addition->first,
                    .bounds = addition->bounds};
                fused.output = node.output;
                return fused;
            }
        }
        return plain_node(node);
    }

    FusedNode plain_node(const Node& node) const {
        FusedNode fused{.node = &node,
                        .inputs = inputs_of(node.operation),
                        .margins = {},
                        .addition = {},
                        .output = node.output};
        const auto margins = [&](const auto& operation) {
            if constexpr (requires { operation.window; })
                return margins_of(operation.window, model_.values[operation.input].shape,
                                  model_.values[node.output].shape);
            return Margins();
        };
        fused.margins = std::visit(margins, node.operation);
        const auto* const maker = makers_[fused.inputs.front()];
        if (maker != nullptr && is_margin(*maker)) {
            const auto& pad = std::get<Pad>(maker->operation);
            fused.inputs = {pad.input};
            fused.margins.top += pad.before[1];
            fused.margins.left += pad.before[2];
            fused.margins.bottom += pad.after[1];
            fused.margins.right += pad.after[2];
        }
        return fused;
    }

    const Model& model_;
    const Schedule& schedule_;
    std::vector<const Node*> makers_;              // per value
    std::vector<std::vector<const Node*>> users_;  // per value
    std::vector<bool> wanted_;                     // per value
};

}  // namespace

std::vector<FusedNode> fuse(const Model& model, const Schedule& schedule) {
    return Fusion(model, schedule).nodes();
}

}  // namespace posed::estimation::blazepose
